// Asks for the admin token. The token goes to the collector once and is kept nowhere in the page.
import { Button, PasswordInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useApi } from '../api/api-context.ts';
import { ApiFailure, isUnauthorized } from '../api/api-failure.ts';
import { safeReturnPath } from '../app/login-link.ts';
import { TollgateMark } from '../app/tollgate-mark.tsx';
import './login-page.css';

const REASONS = {
  expired: 'You are not signed in, or the session has ended.',
  refused: 'The token of that link was not accepted. It may come from an earlier start.',
  unreachable: 'The collector did not answer when the link was opened.',
  'signed-out': 'You are signed out.',
} as const;

export function LoginPage() {
  const { next, reason } = useSearch({ from: '/login' });
  const { busy, problem, submit } = useLogin(safeReturnPath(next));
  const [token, setToken] = useState('');
  const send = (event: FormEvent) => {
    event.preventDefault();
    void submit(token.trim());
  };
  return (
    <main className="tg-login">
      <title>Sign in · Tollgate</title>
      <form className="tg-card tg-login-card" onSubmit={send}>
        <TollgateMark />
        <h1>Sign in</h1>
        {problem === null && reason !== undefined && (
          <p className="tg-login-reason" role="status">
            {REASONS[reason]}
          </p>
        )}
        <PasswordInput
          label="Admin token"
          name="token"
          autoComplete="current-password"
          autoFocus
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          error={problem}
        />
        <Button type="submit" fullWidth loading={busy} disabled={token.trim() === ''}>
          Sign in
        </Button>
        <p className="tg-login-help">
          <code>npm start</code> prints a link that signs you in. The token is the one in{' '}
          <code>TOLLGATE_ADMIN_TOKEN</code>, or the one generated at the first start.
        </p>
      </form>
    </main>
  );
}

function useLogin(returnPath: string) {
  const api = useApi();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function submit(token: string) {
    setBusy(true);
    setProblem(null);
    try {
      await api.login(token);
      queryClient.clear();
      await navigate({ href: returnPath, replace: true });
    } catch (error) {
      setProblem(describe(error));
    } finally {
      setBusy(false);
    }
  }
  return { busy, problem, submit };
}

function describe(error: unknown): string {
  if (isUnauthorized(error)) return 'This token is not accepted.';
  if (error instanceof ApiFailure)
    return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  throw error;
}
