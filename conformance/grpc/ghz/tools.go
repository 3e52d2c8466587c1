//go:build tools

// Package ghz pins the program that setup.sh builds.
package ghz

import _ "github.com/bojand/ghz/cmd/ghz"
