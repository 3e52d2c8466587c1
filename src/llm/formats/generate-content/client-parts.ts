import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { CallSignature, ThinkingBlock } from '../../pivot/request.ts';
import { member, type Written } from './members.ts';
import { sealCall, sealThoughts, type SealedThought } from './signature.ts';

/** Whether a client's body asks for thoughts (`generationConfig.thinkingConfig.includeThoughts`). */
function wantsThoughts(body: JsonObject): boolean {
  const config = member(body, 'generationConfig');
  const thinking = isJsonRecord(config) ? member(config, 'thinkingConfig') : undefined;
  return isJsonRecord(thinking) && member(thinking, 'includeThoughts') === true;
}

/**
 * Writes the parts of an answer to a client. Reasoning that the client did not ask to see waits, and signs the next part,
 * where it signs anything: its vendor wants it back.
 */
export class ClientParts {
  readonly #shows: boolean;
  readonly #hidden: SealedThought[] = [];

  constructor(body: JsonObject) {
    this.#shows = wantsThoughts(body);
  }

  text(text: string): Written {
    return this.#signed({ text }, this.#takeHidden());
  }

  /** @param input JSON text; what is no object becomes an empty one, since nothing else can be said here. */
  call(id: string, name: string, input: string, signature: CallSignature | undefined): Written {
    const hidden = this.#takeHidden();
    const own = signature === undefined ? undefined : sealCall(signature);
    return this.#signed({ functionCall: { id, name, args: parseArguments(input) } }, own ?? hidden);
  }

  /** Part of a thought's text; null where it is not shown. */
  thoughtText(text: string): Written | null {
    return this.#shows ? { text, thought: true } : null;
  }

  /** A thought that is over; null where it is not shown, or says nothing. */
  thought({ text, vendor, signature, redacted }: Omit<ThinkingBlock, 'kind'>): Written | null {
    const thought = {
      vendor,
      ...(signature === undefined ? {} : { signature }),
      ...(redacted === undefined ? {} : { redacted }),
    };
    if (!this.#shows) {
      this.#hidden.push({ ...thought, text });
      return null;
    }
    const sealed = sealThoughts([{ ...thought, text: null }]);
    if (text === '' && sealed === undefined) return null;
    return this.#signed({ text, thought: true }, sealed);
  }

  #takeHidden(): string | undefined {
    return sealThoughts(this.#hidden.splice(0));
  }

  #signed(part: Written, signature: string | undefined): Written {
    return signature === undefined ? part : { ...part, thoughtSignature: signature };
  }
}

function parseArguments(input: string): JsonObject {
  if (input.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(input);
    return isJsonRecord(value) ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
