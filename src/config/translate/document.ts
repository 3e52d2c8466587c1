import type { DocumentSource } from '../../model/policies/document.ts';
import type { Document } from '../schema/common.ts';
import { readText, warn, type Context, type Path } from './context.ts';

const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** A document that a file holds, names or tells where to download; undefined where it cannot be read, which is reported. */
export function documentSource(context: Context, path: Path, config: Document): DocumentSource | undefined {
  if (typeof config === 'string') return { kind: 'text', text: config };
  if ('file' in config) {
    const text = readText(context, [...path, 'file'], config.file);
    return text === undefined ? undefined : { kind: 'text', text };
  }
  checkPlain(context, [...path, 'url'], config.url);
  return { kind: 'url', url: config.url };
}

/** Warns of a document that decides who gets in and comes without TLS from another machine. */
export function checkPlain(context: Context, path: Path, url: string): void {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'http:' && !isLoopback(hostname)) {
    warn(context, path, `${url} is not encrypted: whoever is on the way can decide who gets in; use https`);
  }
}

/** True for the name and the addresses of this machine itself, as `URL.hostname` has them. */
export function isLoopback(hostname: string): boolean {
  return loopback.test(hostname);
}
