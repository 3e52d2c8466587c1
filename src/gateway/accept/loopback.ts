import { isIPv4 } from 'node:net';
import type { RequestHead } from '../../net/http/message.ts';
import { hostOf } from '../match/hostname.ts';

/** True for names and addresses of this machine: `localhost`, `*.localhost` (RFC 6761 §6.3), 127.0.0.0/8, `[::1]`. */
export function isLoopbackHost(host: string): boolean {
  return (
    host === 'localhost' ||
    host === '[::1]' ||
    host.endsWith('.localhost') ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  );
}

/** True for 127.0.0.0/8 and ::1, as binds name their addresses. */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}

/**
 * True when Host, and Origin where it is present, name this machine. A web page that a browser shows cannot satisfy it,
 * even when its name was made to resolve to this machine (DNS rebinding).
 */
export function isLoopbackRequest(head: RequestHead): boolean {
  if (!isLoopbackHost(hostOf(head.authority))) return false;
  const origin = head.headers.get('origin');
  if (origin === undefined) return true;
  const scheme = origin.indexOf('://');
  return scheme !== -1 && isLoopbackHost(hostOf(origin.slice(scheme + 3)));
}
