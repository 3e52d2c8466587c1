/**
 * The tool whose input is the answer, for structured output where the model cannot be held to a schema otherwise. Its
 * name alone tells the readers of answers that the input is text for the client, so nothing is kept between the two.
 */
export const outputTool = 'waygate_structured_output';
