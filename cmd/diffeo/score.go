package main

import "github.com/spf13/cobra"

func newScore(e *environment) *cobra.Command { return &cobra.Command{Use: "score"} }
func newSample(e *environment) *cobra.Command { return &cobra.Command{Use: "sample"} }
func newInfo(e *environment) *cobra.Command { return &cobra.Command{Use: "info"} }
