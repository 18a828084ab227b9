/** What has to be asked again after a note changed. */
export const NOTES_CHANGE = ['/v1/customers/{customer}/notes', '/v1/tasks'] as const;
