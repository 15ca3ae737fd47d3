-- What console_app may do. As console_owner, after every “manage.py migrate”:
--
--   psql -v ON_ERROR_STOP=1 -f docs/postgresql/grants.sql postgres://console_owner@…/console
--
-- It owns nothing, so it can neither drop nor alter a table, nor switch a guard off or replace its
-- function. What it may write to the records is less still, so that a console that was taken over
-- can add to the history but not change it.
BEGIN;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM console_app;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM console_app;
GRANT USAGE ON SCHEMA public TO console_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO console_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO console_app;

-- Migrations are the owner's.
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM console_app;

-- Events and checkpoints are added and read.
REVOKE UPDATE, DELETE ON images_auditevent, images_checkpoint FROM console_app;

-- Requests and calls stay. What was asked for and what was sent stays as it is: of the other
-- columns each may be updated.
REVOKE UPDATE, DELETE ON images_imagerequest, images_exchangerecord FROM console_app;
DO $$
DECLARE
  kept text[];
  records regclass;
BEGIN
  FOR records, kept IN VALUES
    ('images_imagerequest'::regclass, ARRAY[
      'id', 'form_token', 'actor_id', 'previous_id', 'recorded_at', 'language', 'ticket',
      'key_id', 'key_alias', 'key_fingerprint', 'environment', 'region', 'api_version',
      'server_id', 'server_name', 'image_name', 'reason']),
    ('images_exchangerecord'::regclass, ARRAY[
      'id', 'request_id', 'attempt', 'method', 'url', 'api_version', 'request_sha256',
      'prepared_at', 'request_body'])
  LOOP
    EXECUTE (
      SELECT format('GRANT UPDATE (%s) ON %s TO console_app',
                    string_agg(quote_ident(attname), ', '), records)
      FROM pg_attribute
      WHERE attrelid = records AND attnum > 0 AND NOT attisdropped AND attname <> ALL (kept)
    );
  END LOOP;
END $$;
COMMIT;
