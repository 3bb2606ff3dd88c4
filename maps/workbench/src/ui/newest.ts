// Of several questions to the server only the newest is heard, and none that nobody waits for any more.
import { useEffect, useMemo, useRef, useState } from 'react';

export interface Newest {
  ask: <T>(asked: Promise<T>, heard: (answer: T) => void, trouble: (error: unknown) => void) => void;
  /** Whatever is still on its way is not heard. */
  drop: () => void;
}

export function useNewest(): Newest {
  const turn = useRef(0);
  const newest = useMemo<Newest>(
    () => ({
      ask: (asked, heard, trouble) => {
        const mine = ++turn.current;
        asked.then(
          (answer) => void (mine === turn.current && heard(answer)),
          (error: unknown) => void (mine === turn.current && trouble(error)),
        );
      },
      drop: () => void ++turn.current,
    }),
    [],
  );
  useEffect(() => newest.drop, [newest]);
  return newest;
}

/** The answer to what `key` stands for; the one before until it has come. */
export function useAnswer<T>(key: string, question: () => Promise<T>, trouble: (error: unknown) => void, heard?: (answer: T) => void): T | null {
  const [found, setFound] = useState<T | null>(null);
  const newest = useNewest();
  const now = useRef({ question, trouble, heard }); // may be new with every render: only the key asks again
  now.current = { question, trouble, heard };
  useEffect(() => {
    newest.ask(
      now.current.question(),
      (answer) => {
        setFound(answer);
        now.current.heard?.(answer);
      },
      (error) => now.current.trouble(error),
    );
  }, [key, newest]);
  return found;
}
