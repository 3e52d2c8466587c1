// Command interop runs the interoperability cases of gRPC that need no cloud, and asks a server for its health.
// https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md
//
// The official client does the same, but brings clients of control planes along that take minutes to build.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/interop"
	testgrpc "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

var (
	address  = flag.String("address", "", "host:port of the server to ask")
	caFile   = flag.String("ca", "", "authority of the server's certificate; none: no TLS")
	name     = flag.String("name", "", "what the server's certificate names")
	header   = flag.String("header", "", "value of x-route on every call")
	testCase = flag.String("case", "", "what to run")
	serve    = flag.Bool("serve-health", false, "be a server of grpc.health.v1 on a free port, and print it")
)

// What an out-of-band load report needs: a balancer that asks for it.
const orcaConfig = `{"loadBalancingConfig": [{"test_backend_metrics_load_balancer": {}}]}`

func main() {
	flag.Parse()
	if *serve {
		serveHealth()
		return
	}
	options := []grpc.DialOption{grpc.WithTransportCredentials(transport())}
	if *header != "" {
		options = append(options, grpc.WithUnaryInterceptor(addUnary), grpc.WithStreamInterceptor(addStream))
	}
	if *testCase == "orca_per_rpc" || *testCase == "orca_oob" {
		options = append(options, grpc.WithDisableServiceConfig(), grpc.WithDefaultServiceConfig(orcaConfig))
	}
	connection, err := grpc.NewClient(*address, options...)
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	run(connection, options)
}

func run(connection *grpc.ClientConn, options []grpc.DialOption) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tests := testgrpc.NewTestServiceClient(connection)
	simple := map[string]func(context.Context, testgrpc.TestServiceClient, ...grpc.CallOption){
		"empty_unary":                 interop.DoEmptyUnaryCall,
		"large_unary":                 interop.DoLargeUnaryCall,
		"client_streaming":            interop.DoClientStreaming,
		"server_streaming":            interop.DoServerStreaming,
		"ping_pong":                   interop.DoPingPong,
		"empty_stream":                interop.DoEmptyStream,
		"timeout_on_sleeping_server":  interop.DoTimeoutOnSleepingServer,
		"cancel_after_begin":          interop.DoCancelAfterBegin,
		"cancel_after_first_response": interop.DoCancelAfterFirstResponse,
		"custom_metadata":             interop.DoCustomMetadata,
		"status_code_and_message":     interop.DoStatusCodeAndMessage,
		"special_status_message":      interop.DoSpecialStatusMessage,
	}
	if do, ok := simple[*testCase]; ok {
		do(ctx, tests)
		return
	}
	const calls, requestSize, responseSize, patience = 20, 271828, 314159, 30 * time.Second
	switch *testCase {
	case "unimplemented_method":
		interop.DoUnimplementedMethod(ctx, connection)
	case "unimplemented_service":
		interop.DoUnimplementedService(ctx, testgrpc.NewUnimplementedServiceClient(connection))
	case "orca_per_rpc":
		interop.DoORCAPerRPCTest(ctx, tests)
	case "orca_oob":
		interop.DoORCAOOBTest(ctx, tests)
	case "rpc_soak":
		interop.DoSoakTest(ctx, tests, *address, options, false, calls, 0, requestSize, responseSize, patience, 0)
	case "channel_soak":
		interop.DoSoakTest(ctx, tests, *address, options, true, calls, 0, requestSize, responseSize, patience, 0)
	case "health":
		checkHealth(ctx, healthpb.NewHealthClient(connection))
	default:
		log.Fatalf("there is no case %q", *testCase)
	}
}

// Asks by Check for three services, and by Watch for one whose health changes.
func checkHealth(ctx context.Context, client healthpb.HealthClient) {
	for service, want := range map[string]healthpb.HealthCheckResponse_ServingStatus{
		"":       healthpb.HealthCheckResponse_SERVING,
		"ailing": healthpb.HealthCheckResponse_NOT_SERVING,
	} {
		reply, err := client.Check(ctx, &healthpb.HealthCheckRequest{Service: service})
		if err != nil || reply.Status != want {
			log.Fatalf("Check(%q) = %v, %v; want %v", service, reply, err, want)
		}
	}
	_, err := client.Check(ctx, &healthpb.HealthCheckRequest{Service: "unknown"})
	if status.Code(err) != codes.NotFound {
		log.Fatalf("Check of an unknown service: %v; want NOT_FOUND", err)
	}
	stream, err := client.Watch(ctx, &healthpb.HealthCheckRequest{Service: "changing"})
	if err != nil {
		log.Fatal(err)
	}
	seen := map[healthpb.HealthCheckResponse_ServingStatus]bool{}
	for len(seen) < 2 {
		reply, err := stream.Recv()
		if err != nil {
			log.Fatalf("Watch: %v", err)
		}
		seen[reply.Status] = true
	}
}

func serveHealth() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	state := health.NewServer()
	state.SetServingStatus("ailing", healthpb.HealthCheckResponse_NOT_SERVING)
	go func() {
		statuses := []healthpb.HealthCheckResponse_ServingStatus{
			healthpb.HealthCheckResponse_SERVING, healthpb.HealthCheckResponse_NOT_SERVING,
		}
		for i := 0; ; i++ {
			state.SetServingStatus("changing", statuses[i%2])
			time.Sleep(50 * time.Millisecond)
		}
	}()
	server := grpc.NewServer()
	healthpb.RegisterHealthServer(server, state)
	fmt.Println(listener.Addr())
	log.Fatal(server.Serve(listener))
}

func transport() credentials.TransportCredentials {
	if *caFile == "" {
		return insecure.NewCredentials()
	}
	pem, err := os.ReadFile(*caFile)
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return credentials.NewTLS(&tls.Config{RootCAs: roots, ServerName: *name})
}

func addUnary(ctx context.Context, method string, request, reply any, connection *grpc.ClientConn,
	call grpc.UnaryInvoker, options ...grpc.CallOption) error {
	return call(metadata.AppendToOutgoingContext(ctx, "x-route", *header), method, request, reply, connection, options...)
}

func addStream(ctx context.Context, desc *grpc.StreamDesc, connection *grpc.ClientConn, method string,
	open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
	return open(metadata.AppendToOutgoingContext(ctx, "x-route", *header), desc, connection, method, options...)
}
