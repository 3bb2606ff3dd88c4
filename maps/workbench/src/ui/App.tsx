// The planners' page: first who lacks what, then why, then where people can live.
import { useEffect, useState } from 'react';
import { client } from '../api/client';
import type { Catalogue, Lang, Status } from '../api/types';
import { word } from '../core/text';
import { Desk } from './Desk';

const ASK_AGAIN_MS = 500;

export function App() {
  const [lang, setLang] = useState<Lang>(() => (localStorage.getItem('lang') === 'en' ? 'en' : 'zh'));
  const [status, setStatus] = useState<Status | null>(null);
  const [catalogue, setCatalogue] = useState<Catalogue | null>(null);

  useEffect(() => {
    localStorage.setItem('lang', lang);
    document.documentElement.lang = lang;
  }, [lang]);

  useEffect(() => {
    // a server that has only just started knows no words yet
    const ask = async () => {
      const found = await client.catalogue().catch(() => null);
      if (found) setCatalogue(found);
      return found !== null;
    };
    return askUntil(ask);
  }, []);

  useEffect(() => {
    const ask = async () => {
      const now = await client.status().catch(() => null);
      if (now) setStatus(now);
      return now?.stage === 'ready' || now?.stage === 'failed';
    };
    return askUntil(ask);
  }, []);

  if (!catalogue || !status || status.stage === 'reading' || status.stage === 'failed') {
    return <Waiting status={status} catalogue={catalogue} lang={lang} />;
  }
  return <Desk lang={lang} onLang={setLang} catalogue={catalogue} status={status} />;
}

export function Waiting({ status, catalogue, lang }: { status: Status | null; catalogue: Catalogue | null; lang: Lang }) {
  const step = status ? (catalogue?.labels[status.step]?.[lang] ?? '') : '';
  return (
    <main className="waiting">
      <h1>{word('title', lang)}</h1>
      {status?.stage === 'failed' ? (
        <p className="bad">
          {word('failed', lang)}: {status.error?.[lang]}
        </p>
      ) : (
        <>
          <p>{step || word('starting', lang)}</p>
          <progress max={status?.total || 1} value={status?.done ?? 0} />
        </>
      )}
    </main>
  );
}

/** Ask again, a moment after each answer, until one is enough; what is given back ends it. */
function askUntil(enough: () => Promise<boolean>): () => void {
  let [over, timer] = [false, 0];
  const ask = async () => {
    if (!(await enough()) && !over) timer = window.setTimeout(() => void ask(), ASK_AGAIN_MS);
  };
  void ask();
  return () => {
    over = true;
    window.clearTimeout(timer);
  };
}
