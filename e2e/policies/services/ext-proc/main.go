// A service of envoy.service.ext_proc.v3 on Envoy's own API. It writes its address to standard output and serves until
// it is killed. What it does with an exchange the request's x-do field says:
//
//	echo       changes nothing, in the way that each body mode asks for
//	upper      bodies in upper case, heads and trailers with a field x-ext-proc
//	whole      both bodies whole before it says anything, then in upper case
//	clear      no bodies
//	deny       an answer of its own: 418
//	dump       an answer of its own: the first message, as JSON
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	modev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_proc/v3"
	procv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

const duplexMode = modev3.ProcessingMode_FULL_DUPLEX_STREAMED

type server struct {
	procv3.UnimplementedExternalProcessorServer
}

// One exchange: what it is to do, and how its bodies come.
type exchange struct {
	do             string
	config         *procv3.ProtocolConfiguration
	request, reply bytes.Buffer
}

func (server) Process(stream procv3.ExternalProcessor_ProcessServer) error {
	x := &exchange{do: "echo"}
	for {
		message, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if message.GetProtocolConfig() != nil {
			x.config = message.GetProtocolConfig()
		}
		if message.GetRequest() == nil {
			return status.Error(codes.InvalidArgument, "a message without a part")
		}
		for _, answer := range x.answer(message) {
			if err := stream.Send(answer); err != nil {
				return err
			}
		}
	}
}

func (x *exchange) answer(message *procv3.ProcessingRequest) []*procv3.ProcessingResponse {
	switch part := message.GetRequest().(type) {
	case *procv3.ProcessingRequest_RequestHeaders:
		if do := field(part.RequestHeaders.GetHeaders(), "x-do"); do != "" {
			x.do = do
		}
		switch x.do {
		case "deny":
			return immediate(typev3.StatusCode(418), "no tea", nil)
		case "dump":
			dump, err := protojson.Marshal(message)
			return immediate(typev3.StatusCode_OK, string(dump), err)
		case "whole":
			if !part.RequestHeaders.GetEndOfStream() {
				return nil
			}
		}
		answer := &procv3.ProcessingResponse{Response: &procv3.ProcessingResponse_RequestHeaders{RequestHeaders: x.head("request")}}
		answer.DynamicMetadata, _ = structpb.NewStruct(map[string]any{"seen": map[string]any{"do": x.do}})
		return []*procv3.ProcessingResponse{answer}
	case *procv3.ProcessingRequest_ResponseHeaders:
		if x.do == "whole" && !part.ResponseHeaders.GetEndOfStream() {
			return nil
		}
		return []*procv3.ProcessingResponse{{Response: &procv3.ProcessingResponse_ResponseHeaders{ResponseHeaders: x.head("response")}}}
	case *procv3.ProcessingRequest_RequestBody:
		return x.body(part.RequestBody, &x.request, x.config.GetRequestBodyMode() == duplexMode, requestHead, requestBody)
	case *procv3.ProcessingRequest_ResponseBody:
		return x.body(part.ResponseBody, &x.reply, x.config.GetResponseBodyMode() == duplexMode, responseHead, responseBody)
	case *procv3.ProcessingRequest_RequestTrailers:
		answers := x.last(&x.request, requestHead, requestBody)
		return append(answers, &procv3.ProcessingResponse{Response: &procv3.ProcessingResponse_RequestTrailers{RequestTrailers: &procv3.TrailersResponse{HeaderMutation: x.mutation("request")}}})
	default:
		answers := x.last(&x.reply, responseHead, responseBody)
		return append(answers, &procv3.ProcessingResponse{Response: &procv3.ProcessingResponse_ResponseTrailers{ResponseTrailers: &procv3.TrailersResponse{HeaderMutation: x.mutation("response")}}})
	}
}

type wrap func(*procv3.CommonResponse) *procv3.ProcessingResponse

func requestHead(common *procv3.CommonResponse) *procv3.ProcessingResponse {
	return &procv3.ProcessingResponse{Response: &procv3.ProcessingResponse_RequestHeaders{RequestHeaders: &procv3.HeadersResponse{Response: common}}}
}

func responseHead(common *procv3.CommonResponse) *procv3.ProcessingResponse {
	return &procv3.ProcessingResponse{Response: &procv3.ProcessingResponse_ResponseHeaders{ResponseHeaders: &procv3.HeadersResponse{Response: common}}}
}

func requestBody(common *procv3.CommonResponse) *procv3.ProcessingResponse {
	return &procv3.ProcessingResponse{Response: &procv3.ProcessingResponse_RequestBody{RequestBody: &procv3.BodyResponse{Response: common}}}
}

func responseBody(common *procv3.CommonResponse) *procv3.ProcessingResponse {
	return &procv3.ProcessingResponse{Response: &procv3.ProcessingResponse_ResponseBody{ResponseBody: &procv3.BodyResponse{Response: common}}}
}

func (x *exchange) body(part *procv3.HttpBody, whole *bytes.Buffer, duplex bool, head, body wrap) []*procv3.ProcessingResponse {
	if duplex && x.do == "whole" {
		whole.Write(part.GetBody())
		if !part.GetEndOfStream() {
			return nil
		}
		return append(x.last(whole, head, body), body(streamed(nil, true)))
	}
	changed := x.changed(part.GetBody())
	if duplex {
		return []*procv3.ProcessingResponse{body(streamed(changed, part.GetEndOfStream()))}
	}
	common := &procv3.CommonResponse{}
	switch x.do {
	case "clear":
		common.BodyMutation = &procv3.BodyMutation{Mutation: &procv3.BodyMutation_ClearBody{ClearBody: true}}
	case "upper":
		common.BodyMutation = &procv3.BodyMutation{Mutation: &procv3.BodyMutation_Body{Body: changed}}
	}
	return []*procv3.ProcessingResponse{body(common)}
}

// The answers that were kept until the body was whole, in pieces.
func (x *exchange) last(whole *bytes.Buffer, head, body wrap) []*procv3.ProcessingResponse {
	if x.do != "whole" {
		return nil
	}
	answers := []*procv3.ProcessingResponse{head(&procv3.CommonResponse{HeaderMutation: x.mutation("whole")})}
	for rest := x.changed(whole.Bytes()); len(rest) > 0; {
		size := min(len(rest), 1000)
		answers = append(answers, body(streamed(rest[:size], false)))
		rest = rest[size:]
	}
	return answers
}

func streamed(piece []byte, end bool) *procv3.CommonResponse {
	return &procv3.CommonResponse{BodyMutation: &procv3.BodyMutation{Mutation: &procv3.BodyMutation_StreamedResponse{StreamedResponse: &procv3.StreamedBodyResponse{Body: piece, EndOfStream: end}}}}
}

func (x *exchange) changed(body []byte) []byte {
	switch x.do {
	case "upper", "whole":
		return bytes.ToUpper(body)
	case "clear":
		return nil
	}
	return body
}

func (x *exchange) head(direction string) *procv3.HeadersResponse {
	return &procv3.HeadersResponse{Response: &procv3.CommonResponse{HeaderMutation: x.mutation(direction)}}
}

func (x *exchange) mutation(value string) *procv3.HeaderMutation {
	if x.do == "echo" {
		return nil
	}
	return &procv3.HeaderMutation{
		SetHeaders: []*corev3.HeaderValueOption{{
			Header:       &corev3.HeaderValue{Key: "x-ext-proc", RawValue: []byte(value)},
			AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
		}},
		RemoveHeaders: []string{"x-remove"},
	}
}

func immediate(code typev3.StatusCode, body string, err error) []*procv3.ProcessingResponse {
	if err != nil {
		code, body = typev3.StatusCode_InternalServerError, err.Error()
	}
	return []*procv3.ProcessingResponse{{Response: &procv3.ProcessingResponse_ImmediateResponse{ImmediateResponse: &procv3.ImmediateResponse{
		Status: &typev3.HttpStatus{Code: code},
		Body:   []byte(body),
	}}}}
}

func field(headers *corev3.HeaderMap, name string) string {
	for _, header := range headers.GetHeaders() {
		if header.GetKey() == name {
			return string(header.GetRawValue()) + header.GetValue()
		}
	}
	return ""
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	grpcServer := grpc.NewServer()
	procv3.RegisterExternalProcessorServer(grpcServer, server{})
	log.Fatal(grpcServer.Serve(listener))
}
