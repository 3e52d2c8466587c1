import type { ProviderFormat } from '../../model/llm.ts';

/** The formats that a provider speaks for a model, preferred first. Null: nothing names the model. */
export type FormatsOf = (model: string | null) => readonly ProviderFormat[];

/** Compiles what each format says of its models. */
export function compileFormats(formats: readonly ProviderFormat[]): FormatsOf {
  if (formats.every(({ models }) => models === undefined)) return () => formats;
  const tests = formats.map((format) => ({
    format,
    models: format.models === undefined ? null : new RegExp(format.models),
  }));
  return (model) => {
    const name = (model ?? '').toLowerCase();
    return tests.filter(({ models }) => models === null || models.test(name)).map(({ format }) => format);
  };
}
