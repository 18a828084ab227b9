/**
 * Sending a large file: with progress, without holding it in memory, within the same session as everything else.
 *
 * await upload<Answer<'post', '/v1/…'>>('/v1/…', file, { query: { … }, onProgress, signal })
 */
import { mended } from './client';
import { answering } from './connection';
import { signHeaders } from './csrf';
import { errorFrom, unreachable } from './error';

interface UploadOptions {
  method?: 'POST' | 'PUT';
  query?: Readonly<Record<string, string>>;
  /** Called with the share that was sent, 0 to 1. */
  onProgress?: (share: number) => void;
  signal?: AbortSignal;
}

/** Send `file` as the body. Throws: ApiError; DOMException AbortError. */
export async function upload<T>(path: string, file: Blob, options: UploadOptions = {}): Promise<T> {
  let response = await send(path, file, options);
  if (await mended(response, options.method ?? 'POST')) response = await send(path, file, options);
  if (!response.ok) throw await errorFrom(response);
  return (await response.json()) as T;
}

// fetch() tells no progress of what it sends; XMLHttpRequest does.
function send(path: string, file: Blob, { method = 'POST', query, onProgress, signal }: UploadOptions): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = new XMLHttpRequest();
    sent.open(method, query ? `${path}?${new URLSearchParams(query).toString()}` : path);
    const headers = new Headers({ Accept: 'application/json', 'Content-Type': file.type || 'application/octet-stream' });
    signHeaders(method, headers);
    headers.forEach((value, name) => sent.setRequestHeader(name, value));
    sent.upload.onprogress = ({ loaded, total }) => onProgress?.(total > 0 ? loaded / total : 0);
    sent.onload = () => {
      answering.set(true);
      resolve(new Response(sent.responseText || null, { status: sent.status }));
    };
    sent.onerror = () => {
      answering.set(false);
      reject(unreachable());
    };
    sent.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'));
    signal?.addEventListener('abort', () => sent.abort(), { once: true });
    sent.send(file);
    if (signal?.aborted) sent.abort();
  });
}
