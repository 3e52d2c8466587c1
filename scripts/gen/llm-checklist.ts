import { checklistPage } from '../../src/llm/testing/checklist-page.ts';
import { readChecklist } from '../../src/llm/testing/checklist.ts';
import type { Generated } from './generated.ts';

/** The page of the clauses that the translations between LLM APIs follow. */
export const files: readonly Generated[] = [{ path: 'docs/llm-checklist.md', text: checklistPage(readChecklist()) }];
