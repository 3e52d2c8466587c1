/** The cases of h2spec that do not pass, and why. All but one are decided in nghttp2 or in node, below the gateway. */

const closedStream =
  'nghttp2 ignores frames on a stream that is closed. RFC 9113 §5.1 lets an endpoint do so: it MAY treat them as an ' +
  'error; h2spec tests RFC 7540, where it had to.';

const priority =
  'RFC 9113 §5.3.2 deprecates the priorities of RFC 7540. nghttp2 no longer reads PRIORITY frames, so it does not see ' +
  'what is wrong in them.';

type Reasons = Readonly<Record<string, string>>;

/** On every listener, by the id of the case. Whatever else fails, and what passes though it is here, fails the test. */
export const exceptions: Reasons = {
  'http2/5.1/8': closedStream,
  'http2/5.1/9': closedStream,
  'http2/5.1/11': closedStream,
  'http2/5.1/12': closedStream,
  'http2/5.1.1/2':
    'A stream with a smaller number than one that was opened counts as closed (RFC 9113 §5.1.1), and frames on closed ' +
    'streams are ignored (§5.1). No request comes of it.',
  'http2/5.3.1/2': priority,
  'http2/6.3/1': priority,
  'http2/6.7/2':
    'node ends a connection on which a PING is acknowledged that it did not send. The case is about not answering it, ' +
    'and it is not answered; RFC 9113 §5.4.1 lets an endpoint end a connection at any time.',
  'http2/6.9.1/3':
    'A window above 2^31-1 ends the connection (GOAWAY), not only its stream: RFC 9113 §5.4.1 leaves an endpoint that ' +
    'choice.',
};

/** On listeners without TLS, beside these. */
export const plainExceptions: Reasons = {
  'http2/3.5/2':
    'The port speaks HTTP/1.1, too, so what is not the preface of HTTP/2 is a request of HTTP/1.1. It is not one, gets 400 ' +
    '(Bad Request) and its connection is closed; h2spec reads that answer as frames.',
};
