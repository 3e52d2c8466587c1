import { wordRule, type TokenRule } from '../../pivot/tool-names.ts';

/** What OpenAI takes as the name of a function. */
export const toolNameRule: TokenRule = wordRule(64);

/** What it takes as the id of a call: any text of up to 40 characters. */
export const callIdRule: TokenRule = { forbidden: /(?!)/g, longest: 40 };
