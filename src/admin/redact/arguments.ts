import { hideInText, isSecretName } from './secret-names.ts';

/** A command line for showing: `--token abc`, `--token=abc`, `TOKEN=abc` and `-H 'Authorization: abc'` lose their `abc`. */
export function shownArguments(args: readonly string[], mark: string): string[] {
  return args.map((arg, i) => {
    const flag = args[i - 1] ?? '';
    if (/^--?[\w-]+$/.test(flag) && isSecretName(flag)) return mark;
    const [, assigned] = /^(-{0,2}[\w-]+=)/.exec(arg) ?? [];
    if (assigned !== undefined && isSecretName(assigned)) return assigned + mark;
    const [, field] = /^([\w-]+:\s*)./.exec(arg) ?? [];
    if (field !== undefined && isSecretName(field)) return field + mark;
    return hideInText(arg, mark);
  });
}
