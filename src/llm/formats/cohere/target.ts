/** Who a translated request is for, in errors. */
export const target = 'Cohere chat';
