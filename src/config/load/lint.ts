import { list } from '../schema/kit/issue.ts';
import { nodeOf, type Schema } from '../schema/kit/node.ts';
import { fieldOf, visitObjects, type ConfigPath } from '../schema/kit/walk.ts';

/** Something that works, but probably not as meant. */
export interface Remark {
  readonly path: ConfigPath;
  readonly message: string;
}

/** What is worth a warning in a valid configuration: unknown fields that the reference lets through, deprecated ones, and policies left empty. */
export function lint(schema: Schema<unknown>, value: unknown): readonly Remark[] {
  const remarks: Remark[] = [];
  visitObjects(schema, value, (node, object, path) => {
    for (const [key, part] of Object.entries(object)) {
      const field = fieldOf(node, key);
      const at = [...path, key];
      if (field === undefined) {
        remarks.push({
          path: at,
          message: `unknown field ${JSON.stringify(key)} has no effect; the fields are ${list(Object.keys(node.fields))}`,
        });
      } else if (field.deprecated !== undefined) {
        remarks.push({ path: at, message: `${key} is deprecated: ${field.deprecated}` });
      } else if (part === null && takesEmptyObject(field.schema)) {
        remarks.push({ path: at, message: `${key} is empty and has no effect; write ${key}: {} to turn it on` });
      }
    }
  });
  return remarks;
}

function takesEmptyObject(schema: Schema<unknown>): boolean {
  return nodeOf(schema).kind === 'object' && schema.safeParse({}).success;
}
