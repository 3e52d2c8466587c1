import type { GeminiFacts } from '../../models/facts.ts';
import type { RequestContext } from '../../pivot/format.ts';
import type { TokenRule } from '../../pivot/tool-names.ts';

/** Who a translated request is for, in errors. */
export const target = 'Gemini generateContent';

/** What the writing of one request needs. */
export interface WriteContext extends RequestContext {
  readonly gemini: GeminiFacts;
}

/** What may be the name of a function (Vertex AI discovery document, `FunctionDeclaration.name`). */
const functionName: TokenRule = {
  forbidden: /[^a-zA-Z0-9_.:-]/g,
  longest: 128,
  start: { pattern: /^[a-zA-Z_]/, prefix: '_' },
};

/** The name of a tool as the API takes it. */
export function writeName(name: string, context: WriteContext): string {
  return context.names.toTarget(name, functionName);
}
