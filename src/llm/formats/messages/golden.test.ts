import { chatSubjects, testGoldenCases } from '../testing/golden.ts';
import { messagesFormat } from './messages.ts';

testGoldenCases(chatSubjects(messagesFormat), new URL('testdata/', import.meta.url));
