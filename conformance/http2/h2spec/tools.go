//go:build tools

// Package h2spec pins the program that setup.sh builds.
package h2spec

import _ "github.com/summerwind/h2spec/cmd/h2spec"
