/** Ends the command with a message for the person who typed it. 1: it failed while running; 2: usage or configuration. */
export class CliError extends Error {
  readonly exitCode: 1 | 2;

  constructor(exitCode: 1 | 2, message: string) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
