/** A command of a README. */
export interface ReadmeCommand {
  readonly command: string;
  /** Where it is run, from the repository's root: where a `cd` before it went. */
  readonly folder: string;
  /** The block of text that follows: what it prints. */
  readonly shown: string | undefined;
}

/** The requests that a README shows, in order: `curl` in blocks of shell, and in code at the start of table rows. */
export function readmeCommands(readme: string): ReadmeCommand[] {
  const commands: ReadmeCommand[] = [];
  let folder = '.';
  for (const [, script = '', shown, inRow] of readme.matchAll(
    /^```sh\n([^]*?)^```\n(?:\s*```\n([^]*?)^```\n)?|^\| `(curl [^`]+)`/gm,
  )) {
    if (inRow !== undefined) commands.push({ command: inRow, folder, shown: undefined });
    for (const command of script.split(/(?<!\\)\n/)) {
      if (command.startsWith('cd ')) folder = command.slice(3);
      if (command.startsWith('curl ')) commands.push({ command, folder, shown });
    }
  }
  return commands;
}
