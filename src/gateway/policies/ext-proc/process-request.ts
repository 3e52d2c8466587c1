import { responseStatuses, type CommonResponse } from '../../../net/grpc/envoy/ext-proc.ts';
import { UNKNOWN_LENGTH } from '../../../net/http/message.ts';
import { RequestBody } from '../../request-body.ts';
import type { LocalReply } from '../policy.ts';
import { BodyWithTrailers } from './body-with-trailers.ts';
import { DuplexRequest } from './duplex-request.ts';
import { changedBytes, changeRequest, changeTrailers, requestFields, trailerFields } from './parts.ts';
import type { Processing } from './processing.ts';
import { StreamedRequest } from './streamed-request.ts';

/** Shows the service the request, as far as its modes say, and does what it answers. */
export async function processRequest(p: Processing): Promise<LocalReply | undefined> {
  const { request } = p.x;
  const hasBody = request.bodyLength !== 0;
  if (hasBody && p.modes.requestBody === 'fullDuplexStreamed') return duplex(p, p.modes.requestHeaders);
  if (p.modes.requestHeaders) {
    const message = { requestHeaders: { headers: requestFields(request), endOfStream: !hasBody } };
    const reply = await p.conversation.request.ask(p.requestMessage(message));
    if (reply === null) return undefined;
    const answer = p.answerIn(reply);
    if (answer !== null) return answer;
    const response = reply.requestHeaders?.response ?? {};
    changeRequest(request, response.headerMutation);
    p.override(reply, 'request');
    if (response.status === responseStatuses.continueAndReplace) return replaceBody(p, response);
  }
  if (!hasBody) return undefined;
  switch (p.modes.requestBody) {
    case 'buffered':
      return buffered(p);
    case 'bufferedPartial':
      return partial(p);
    case 'fullDuplexStreamed':
      return duplex(p, false);
    case 'streamed':
      p.x.body = p.x.body.through(new StreamedRequest(p, true));
      return undefined;
    default:
      if (p.modes.requestTrailers && request.bodyLength === UNKNOWN_LENGTH) {
        p.x.body = p.x.body.through(new StreamedRequest(p, false));
      }
      return undefined;
  }
}

/** The service has another body, and wants to see nothing more of the request. */
async function replaceBody(p: Processing, { bodyMutation }: CommonResponse): Promise<undefined> {
  p.modes = { ...p.modes, requestBody: 'none', requestTrailers: false };
  if (bodyMutation === undefined) return;
  const { body } = p.x;
  if (!body.untouched && !body.complete) await p.x.readBody();
  body.replace(changedBytes(Buffer.alloc(0), bodyMutation));
}

async function buffered(p: Processing): Promise<LocalReply | undefined> {
  const { x, conversation } = p;
  const bytes = await x.readBody();
  const trailers = p.modes.requestTrailers ? x.body.trailers : null;
  const message = { requestBody: { body: bytes, endOfStream: trailers === null } };
  const reply = await conversation.request.ask(p.requestMessage(message));
  if (reply === null) return undefined;
  const answer = p.answerIn(reply);
  if (answer !== null) return answer;
  const { headerMutation, bodyMutation } = reply.requestBody?.response ?? {};
  changeRequest(x.request, headerMutation);
  const changed = changedBytes(bytes, bodyMutation);
  if (trailers !== null) {
    const message = { requestTrailers: { trailers: trailerFields(trailers) } };
    const last = await conversation.request.ask(p.requestMessage(message));
    const refusal = last === null ? null : p.answerIn(last);
    if (refusal !== null) return refusal;
    changeTrailers(trailers, last?.requestTrailers?.headerMutation);
  }
  // Trailers that are not shown pass all the same.
  if (x.body.trailers !== null) x.body = new RequestBody(new BodyWithTrailers(x.request, changed, x.body.trailers));
  else if (changed !== bytes) x.body.replace(changed);
  return undefined;
}

/** Shows as much of the body as may be held; the rest passes unseen. */
async function partial(p: Processing): Promise<LocalReply | undefined> {
  const { x, conversation } = p;
  await x.body.prefetch(x.bind.frontend.maxBufferSize);
  const bytes = x.body.seen ?? Buffer.alloc(0);
  const whole = x.body.complete;
  const reply = await conversation.request.ask(p.requestMessage({ requestBody: { body: bytes, endOfStream: whole } }));
  if (reply === null) return undefined;
  const answer = p.answerIn(reply);
  if (answer !== null) return answer;
  const { headerMutation, bodyMutation } = reply.requestBody?.response ?? {};
  changeRequest(x.request, headerMutation);
  const changed = changedBytes(bytes, bodyMutation);
  if (changed === bytes) return undefined;
  if (whole) x.body.replace(changed);
  else x.body.rewriteHeld(() => changed);
  return undefined;
}

/** Both directions stream at once: the service may want to see all of the body before it says anything of the head. */
async function duplex(p: Processing, withHead: boolean): Promise<LocalReply | undefined> {
  const { x } = p;
  const stage = new DuplexRequest(p, x.body, withHead);
  x.body = new RequestBody(stage);
  return stage.start();
}
