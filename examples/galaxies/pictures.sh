#!/bin/sh
# Draws the pictures of docs/plot.md: fits three models to nine tenths of galaxies.csv, a minute, and shows them with the rest.
# Run it from the root of the repository.
set -eu
here=$(pwd)
out=$here/docs/img/plot
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/diffeo" ./cmd/diffeo
mkdir -p "$out"
awk 'NR == 1 || NR % 10 != 0' examples/galaxies/galaxies.csv > "$work/rest.csv"
awk 'NR == 1 || NR % 10 == 0' examples/galaxies/galaxies.csv > "$work/held.csv"
# Three galaxies of those held out, far from each other.
awk 'NR == 1 || NR == 200 || NR == 500 || NR == 800' "$work/held.csv" > "$work/three.csv"
cd "$work"

draw() { ./diffeo plot "$@" --scale 1; }

./diffeo fit rest.csv --out all.safetensors
draw all.safetensors held.csv --out "$out/corner.png"
draw all.safetensors --kind training --out "$out/training.png"
draw all.safetensors held.csv --kind calibration --out "$out/calibration.png"

./diffeo fit rest.csv --columns mag_i_lsst,redshift --recipe nsf-c --transforms 4 --hidden 64,64 --steps 1500 --lr 0.003 --out two.safetensors
draw two.safetensors held.csv --kind density --label 'mag_i_lsst=brightness in i (AB magnitude)' --out "$out/density.png"
draw two.safetensors --kind layers --out "$out/layers.png"

./diffeo fit rest.csv --columns redshift --context mag_u_lsst,mag_g_lsst,mag_r_lsst,mag_i_lsst,mag_z_lsst,mag_y_lsst \
    --recipe nsf-ar --transforms 2 --hidden 64,64 --steps 1500 --lr 0.003 --out redshift.safetensors
draw redshift.safetensors three.csv --out "$out/given.png"
