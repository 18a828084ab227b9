/** Keeps builder and text in step: text is what counts, the builder's tree is written as text by the server. */
import { useEffect, useState } from 'react';

import { request } from '../../api/client';
import { asApiError } from '../../api/error';
import { useDebounced } from '../../parts/useDebounced';
import type { Node } from './tree';

const WAIT = 120;

/**
 * checked: The tree of the text as it was last read. shown: What the builder shows. wrong: Why the builder's tree is no
 * text yet. typed: To be called when the text is edited by hand.
 */
export function useBuilder(checked: Node | null, onText: (text: string) => void) {
  const [built, setBuilt] = useState<Node | null>(null);
  const [wrong, setWrong] = useState('');
  const settled = useDebounced(built, WAIT);
  useEffect(() => {
    if (settled === null) return;
    const asked = new AbortController();
    request('post', '/v1/segments/text', { body: { tree: settled, of: 'segment' } }, asked.signal)
      .then(({ text }) => {
        setWrong('');
        onText(text);
      })
      .catch((error: unknown) => {
        if (!asked.signal.aborted) setWrong(asApiError(error).message);
      });
    return () => asked.abort();
    // A new tree alone asks again: `onText` is another function at each drawing of the page.
  }, [settled]);
  const typed = () => {
    setBuilt(null);
    setWrong('');
  };
  return { shown: built ?? checked, change: setBuilt, wrong, typed };
}
