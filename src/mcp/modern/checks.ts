/** What a request of 2026-07-28 must be before it is handled (2026-07-28, transports, server validation). */
import type { HeaderList } from '../../net/http/headers.ts';
import { readEnvelope, claimedVersion, type Envelope } from '../wire/2026-07-28/envelope.ts';
import { ModernError, unsupportedVersion } from '../wire/2026-07-28/errors.ts';
import { checkNameFields, checkVersionField } from '../wire/2026-07-28/headers.ts';
import { neededCapability } from '../wire/2026-07-28/methods.ts';
import { codes, type Message } from '../wire/jsonrpc.ts';
import { modernRevision } from '../wire/versions.ts';

/**
 * What the client says of itself, when all that it says is consistent.
 * @throws ModernError
 */
export function checkRequest(headers: HeaderList, message: Message): Envelope {
  // Revisions with a handshake do not name this one in a header.
  if (message.method === 'initialize') throw notFound(message.method);
  const version = claimedVersion(message.params);
  const named = headers.get('mcp-protocol-version')?.trim();
  if (version === null && named !== undefined && named !== modernRevision) throw unsupportedVersion(named);
  const envelope = readEnvelope(message.params);
  const claimed = version ?? '';
  if (named !== undefined || claimed === modernRevision) checkVersionField(headers, claimed);
  if (claimed !== modernRevision) throw unsupportedVersion(claimed);
  checkNameFields(headers, message);
  if (neededCapability(message.method) === null) throw notFound(message.method);
  return envelope;
}

/** The answer to a request that does not exist, or that no server behind us has. */
export function notFound(method: string): ModernError {
  return new ModernError(404, codes.methodNotFound, `Method not found: ${method.slice(0, 100)}`);
}
