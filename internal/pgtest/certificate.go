package pgtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Encrypted is a user that the server lets in over an encrypted connection only, where it has a certificate; its password is Password.
const Encrypted = "encrypted"

// Certificate is a self-signed certificate with its key, made for one test.
type Certificate struct {
	File      string // with the certificate alone: what a client may trust
	text, key []byte // PEM
}

// NewCertificate makes a certificate for a host name; it is valid from an hour ago for a day.
func NewCertificate(t testing.TB, host string) *Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Now().Add(-time.Hour)
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "pgtest"}, DNSNames: []string{host},
		NotBefore: from, NotAfter: from.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	signed, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c := &Certificate{
		File: filepath.Join(t.TempDir(), "certificate.pem"),
		text: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}),
		key:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
	}
	if err := os.WriteFile(c.File, c.text, 0o644); err != nil {
		t.Fatal(err)
	}
	return c
}

// StartTLS is Start for a server that encrypts where the client wants it, with this certificate.
func StartTLS(t testing.TB, c *Certificate) *Server {
	t.Helper()
	s := start(t, c)
	s.Exec("CREATE ROLE " + Encrypted + " LOGIN PASSWORD '" + Password + "'")
	return s
}

// install puts the certificate into a server's data folder and returns the options that it needs.
func (c *Certificate) install(t testing.TB, folder string) []string {
	t.Helper()
	info, err := os.Stat(folder)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := os.ReadFile(filepath.Join(folder, "pg_hba.conf"))
	if err != nil {
		t.Fatal(err)
	}
	refused := []byte("hostnossl all " + Encrypted + " all reject\n")
	for name, text := range map[string][]byte{"server.crt": c.text, "server.key": c.key, "pg_hba.conf": bytes.Join([][]byte{refused, rules}, nil)} {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(path, text, 0o600), own(path, info)); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"-c", "ssl=on", "-c", "ssl_cert_file=server.crt", "-c", "ssl_key_file=server.key"}
}
