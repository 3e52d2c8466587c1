import { PivotRefusal } from '../pivot/drops.ts';
import type { Block, PivotRequest, Placed } from '../pivot/request.ts';

/** Bytes of a picture or a document that a request names by its URL. */
export interface FetchedMedia {
  /** '' where the server named none. */
  readonly mediaType: string;
  readonly data: Buffer;
}

/** A picture or a document that has to be fetched, and where the client's body has it. */
export interface MediaUrl extends Placed {
  readonly url: string;
}

/** The URLs in a request of pictures and documents that cannot be named by one, each once. */
export function mediaUrls(request: PivotRequest, taken: ReadonlySet<string>): readonly MediaUrl[] {
  const urls = new Map<string, MediaUrl>();
  for (const { blocks } of request.messages) collect(blocks, taken, urls);
  return [...urls.values()];
}

function collect(blocks: readonly Block[], taken: ReadonlySet<string>, urls: Map<string, MediaUrl>): void {
  for (const block of blocks) {
    if (block.kind === 'toolResult') collect(block.blocks, taken, urls);
    else if ((block.kind === 'image' || block.kind === 'document') && !taken.has(block.kind)) {
      const { source, at } = block;
      if (source.kind === 'url' && /^https?:/i.test(source.url) && !urls.has(source.url)) {
        urls.set(source.url, { url: source.url, at });
      }
    }
  }
}

/** The request with bytes in place of URLs. Throws PivotRefusal for bytes that are no picture or document. */
export function withMedia(request: PivotRequest, media: ReadonlyMap<string, FetchedMedia>): PivotRequest {
  const messages = request.messages.map((message) => ({
    ...message,
    blocks: message.blocks.map((block) => replaced(block, media)),
  }));
  return { ...request, messages };
}

function replaced(block: Block, media: ReadonlyMap<string, FetchedMedia>): Block {
  if (block.kind === 'toolResult') return { ...block, blocks: block.blocks.map((inner) => replaced(inner, media)) };
  if ((block.kind !== 'image' && block.kind !== 'document') || block.source.kind !== 'url') return block;
  const found = media.get(block.source.url);
  if (found === undefined) return block;
  const mediaType = found.mediaType === 'image/jpg' ? 'image/jpeg' : found.mediaType;
  const fits = block.kind === 'image' ? mediaType.startsWith('image/') : /^(application|text)\//.test(mediaType);
  if (!fits) {
    const said = `${block.source.url} gave ${mediaType || 'no media type'}, which is no ${block.kind}`;
    throw new PivotRefusal('messages', () => said, block);
  }
  return { ...block, source: { kind: 'base64', mediaType, data: found.data.toString('base64') } };
}
