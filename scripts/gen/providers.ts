import { indexPage, providerPage } from '../provider-pages/pages.ts';
import { providerTexts } from '../provider-pages/texts.ts';
import type { Generated } from './generated.ts';

/** A page for each kind of LLM provider, and their index. */
export const files: readonly Generated[] = [
  { path: 'docs/providers/README.md', text: indexPage() },
  ...Object.entries(providerTexts).map(([kind, text]) => ({
    path: `docs/providers/${kind}.md`,
    text: providerPage(kind, text),
  })),
];
