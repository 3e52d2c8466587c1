//go:build tools

package main

import _ "google.golang.org/grpc/interop/server"
