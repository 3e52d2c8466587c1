import { LlmBadRequest } from '../pivot/drops.ts';
import type { Block, PivotRequest } from '../pivot/request.ts';

/** Bytes of a picture or a document that a request names by its URL. */
export interface FetchedMedia {
  /** '' where the server named none. */
  readonly mediaType: string;
  readonly data: Buffer;
}

/** The URLs in a request of pictures and documents that cannot be named by one, each once. */
export function mediaUrls(request: PivotRequest, taken: ReadonlySet<string>): readonly string[] {
  const urls = new Set<string>();
  for (const { blocks } of request.messages) collect(blocks, taken, urls);
  return [...urls];
}

function collect(blocks: readonly Block[], taken: ReadonlySet<string>, urls: Set<string>): void {
  for (const block of blocks) {
    if (block.kind === 'toolResult') collect(block.blocks, taken, urls);
    else if ((block.kind === 'image' || block.kind === 'document') && !taken.has(block.kind)) {
      if (block.source.kind === 'url' && /^https?:/i.test(block.source.url)) urls.add(block.source.url);
    }
  }
}

/** The request with bytes in place of URLs. Throws LlmBadRequest for bytes that are no picture or document. */
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
    throw new LlmBadRequest(
      `${block.source.url} gave ${mediaType || 'no media type'}, which is no ${block.kind}`,
      'messages',
    );
  }
  return { ...block, source: { kind: 'base64', mediaType, data: found.data.toString('base64') } };
}
