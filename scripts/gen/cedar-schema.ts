import { waygateSchema } from '../../src/expr/cedar/waygate-schema.ts';
import type { Generated } from './generated.ts';

const head = `// The schema of Cedar policies in Waygate: who asks, what may be asked for, and what else is known.
// Made by \`npm run gen\` from src/expr/cedar/waygate-schema.ts.`;

/** For editors and for \`cedar validate\`. */
export const files: readonly Generated[] = [
  {
    path: 'schema/waygate.cedarschema',
    text: `${head}\n\n${waygateSchema.map(({ text }) => text).join('\n\n')}\n`,
  },
];
