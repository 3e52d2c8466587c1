import { after, cancelTimer } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { ProtoStruct } from '../../../base/protobuf/well-known.ts';
import type { Activation } from '../../../expr/cel/frame.ts';
import { toBytes, toText } from '../../../expr/cel/output.ts';
import type { ExtAuthzHttpSpec, ExtAuthzSpec } from '../../../model/policies/ext-authz.ts';
import type { HeaderValueOption } from '../../../net/grpc/envoy/core.ts';
import type { HttpCall, HttpCallReply } from '../../../net/http/call.ts';
import { connectionFields, isFieldValue } from '../../../net/http/fields.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import type { RequestHead } from '../../../net/http/message.ts';
import { isOriginForm } from '../../../net/http/request-target.ts';
import { headerView } from '../../attributes/header-source.ts';
import { drain } from '../../envoy/answers.ts';
import { structOf, type ComputedValues } from '../../envoy/values.ts';
import type { Exchange } from '../../exchange.ts';
import { passed, type Decision } from './decision.ts';
import { ServiceFailed, type Check } from './service-check.ts';
import { shownBody } from './shown-body.ts';

/** Most that is read of the service's answer. */
const maximumAnswer = 1_048_576;

/** Asks by a plain request: 2xx lets pass, anything else is the client's answer. */
export function httpCheck(
  spec: ExtAuthzSpec,
  protocol: ExtAuthzHttpSpec,
  call: HttpCall,
  timeoutMs: number,
  values: ComputedValues,
): Check {
  const at = (name: string): string => `protocol.http.${name}`;
  const refused = 'the request is refused';
  const path = protocol.path === undefined ? null : values.compile(at('path'), protocol.path, 'request', refused);
  const bodyOf = protocol.body === undefined ? null : values.compile(at('body'), protocol.body, 'request', refused);
  const redirect =
    protocol.redirect === undefined ? null : values.compile(at('redirect'), protocol.redirect, 'request', refused);
  const added = values.all(at('addRequestHeaders'), protocol.addHeaders, 'request', 'the field is left out');
  const metadata = values.all(at('metadata'), protocol.metadata, 'response', 'the fact is left out');
  const include = spec.includeHeaders.length === 0 ? ['authorization'] : spec.includeHeaders;

  const checkHeaders = (x: Exchange, attributes: Activation): { headers: HeaderList; authority?: string } => {
    const headers = new HeaderList();
    const pseudo = new Map<string, string>();
    for (const name of include) {
      if (name.startsWith(':') || name === 'host') pseudo.set(name, pseudoValue(x.request, name));
      else copyField(x.request.headers, name, headers);
    }
    for (const [name, compute] of added) {
      const value = compute(attributes);
      const text = value === undefined ? undefined : toText(value);
      const bytes = text === undefined ? undefined : Buffer.from(text, 'utf8').toString('latin1').trim();
      headers.delete(name);
      if (bytes === undefined || !isFieldValue(bytes)) continue;
      if (name.startsWith(':') || name === 'host') pseudo.set(name, bytes);
      else if (!connectionFields.has(name)) headers.append(name, bytes);
    }
    const authority = pseudo.get(':authority') ?? pseudo.get('host');
    return authority === undefined ? { headers } : { headers, authority };
  };

  return async (x) => {
    const attributes = x.attributes();
    const target = path === null ? x.request.path + x.request.query : textOf(path(attributes));
    // The client has a say in it: what cannot be asked must not count as the service's failure, which may let it pass.
    if (!isOriginForm(target) && target !== '*') throw notAsked();
    const { headers, authority } = checkHeaders(x, attributes);
    let body: Uint8Array | undefined;
    if (bodyOf !== null) {
      const value = bodyOf(attributes);
      if (value === undefined) throw notAsked();
      body = toBytes(value);
    } else if (spec.body !== undefined) {
      const shown = await shownBody(x, spec.body);
      body = shown.bytes;
      headers.set('x-envoy-auth-partial-body', String(shown.partial));
      copyField(x.request.headers, 'content-type', headers);
    }
    const decide = async (reply: HttpCallReply): Promise<Decision> => {
      const { status } = reply;
      if (status >= 200 && status < 300) {
        let facts: ProtoStruct | null = null;
        if (metadata.size === 0) await drain(reply);
        else facts = await factsOf(x, reply);
        return {
          ...passed,
          set: includedFields(reply.headers, protocol.includeResponseHeaders),
          // What the service does not say must not come from the client.
          remove: protocol.includeResponseHeaders,
          facts,
          reusable: true,
        };
      }
      if (status >= 500) {
        await drain(reply);
        throw new ServiceFailed(`the service answered with status ${status}`);
      }
      if (redirect !== null && (status === 401 || status === 403)) {
        const location = Buffer.from(textOf(redirect(attributes)), 'utf8').toString('latin1');
        await drain(reply);
        if (!isFieldValue(location)) throw notAsked();
        const fields = new HeaderList(['location', location]);
        return { ...passed, reply: { status: 302, headers: fields, body: '' }, reusable: true };
      }
      const bytes = await wholeBody(reply);
      return {
        ...passed,
        reply: { status, headers: answerFields(reply.headers), body: bytes },
        reusable: status === 401 || status === 403,
      };
    };
    const factsOf = async (exchange: Exchange, reply: HttpCallReply): Promise<ProtoStruct> => {
      const bytes = await wholeBody(reply);
      const response = { code: reply.status, headers: headerView(reply.headers, {}), body: bytes };
      return structOf(metadata, {
        get: (root) => (root === 'response' ? response : exchange.attributes().get(root)),
      });
    };
    return withDeadline(x, timeoutMs, async (signal) => {
      const reply = await call({
        method: x.request.method === 'CONNECT' ? 'GET' : x.request.method,
        path: target,
        headers,
        ...(authority === undefined ? {} : { authority }),
        ...(body === undefined ? {} : { body }),
        signal,
      });
      return decide(reply);
    });
  };
}

/** Does `work` within `ms`; everything that fails in it but refusals of our own is a failure of the service. */
async function withDeadline(
  x: Exchange,
  ms: number,
  work: (signal: AbortSignal) => Promise<Decision>,
): Promise<Decision> {
  const controller = new AbortController();
  let late = false;
  const timer = after(ms, () => {
    late = true;
    controller.abort();
  });
  const gone = (): void => controller.abort();
  x.signal.addEventListener('abort', gone);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (late) throw new ServiceFailed(`the service did not answer within ${ms} ms`);
    if (error instanceof ServiceFailed) throw error;
    if (error instanceof GatewayError && error.reason === 'externalAuthorizationFailed') throw error;
    throw new ServiceFailed(error);
  } finally {
    cancelTimer(timer);
    x.signal.removeEventListener('abort', gone);
  }
}

async function wholeBody(reply: HttpCallReply): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of reply.body) {
    size += chunk.byteLength;
    if (size > maximumAnswer) throw new ServiceFailed(`the service's answer is larger than ${maximumAnswer} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function copyField(from: HeaderList, name: string, to: HeaderList): void {
  if (to.has(name)) return;
  for (const [field, value] of from) if (field === name) to.append(name, value);
}

function pseudoValue(head: RequestHead, name: string): string {
  if (name === ':method') return head.method;
  if (name === ':path') return head.path + head.query;
  return name === ':scheme' ? head.scheme : head.authority;
}

/** The lines of the answer that the backend gets in place of the request's. */
function includedFields(answer: HeaderList, names: readonly string[]): readonly HeaderValueOption[] {
  return names.flatMap((name) =>
    [...answer]
      .filter(([field]) => field === name)
      .map(([key, rawValue], i) => ({ header: { key, rawValue }, append: { value: i > 0 }, keepEmptyValue: true })),
  );
}

function answerFields(answer: HeaderList): HeaderList {
  return new HeaderList([...answer].filter(([name]) => !connectionFields.has(name)).flat());
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw notAsked();
  return value;
}

function notAsked(): GatewayError {
  return new GatewayError('externalAuthorizationFailed', 'the authorization of the request could not be checked');
}
