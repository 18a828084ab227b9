/** The one error that talking to the server throws. */

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/**
 * status: HTTP's, 0 where no answer came, -1 where the page itself failed. code: stable for programs, see
 * docs/reference/api.md. message: a sentence by the server for people. details: what else the server said;
 * `mistakes` are those of definitions, place by place.
 */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** Each mistake of definitions that were refused, as the server wrote it. */
  get mistakes(): readonly string[] {
    const { mistakes } = this.details;
    return Array.isArray(mistakes) ? mistakes.map(mistakeText) : [];
  }

  /** No answer came: nobody knows whether the request was carried out. */
  get unreachable(): boolean {
    return this.status === 0;
  }
}

const field = (mistake: unknown, name: string) =>
  isRecord(mistake) && typeof mistake[name] === 'string' ? mistake[name] : '';

function mistakeText(mistake: unknown): string {
  if (typeof mistake === 'string') return mistake;
  return field(mistake, 'message') || [field(mistake, 'path'), field(mistake, 'came')].filter(Boolean).join(': ');
}

export const unreachable = () =>
  new ApiError(0, 'unreachable', 'The server does not answer. What is on this page is kept.');

const WORDS: Readonly<Record<number, string>> = {
  401: 'Your session has ended: sign in again.',
  403: 'Your role does not allow this.',
  404: 'This does not exist, or does not exist any more.',
  413: 'This is larger than the server takes.',
};

/** Make an error of an answer that is none, whatever stands between us and the server wrote into it. */
export async function errorFrom(response: Response): Promise<ApiError> {
  if (response.status === 502 || response.status === 504) return unreachable();
  const body: unknown = await response.json().catch(() => null);
  const said = isRecord(body) ? body : {};
  const { code, message, ...details } = said;
  return new ApiError(
    response.status,
    typeof code === 'string' ? code : 'error',
    typeof message === 'string'
      ? message
      : (WORDS[response.status] ?? `The server cannot answer this now (status ${response.status}).`),
    details,
  );
}

/** Turn whatever was thrown into an ApiError, so that one component can show them all. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(-1, 'console', error instanceof Error ? error.message : 'Something went wrong in this page.');
}
