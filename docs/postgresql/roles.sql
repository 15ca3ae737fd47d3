-- Two roles and an empty database. Once, as an administrator of the server:
--
--   psql -v ON_ERROR_STOP=1 -v database=console -v owner_password=... -v app_password=... \
--     -f docs/postgresql/roles.sql postgres
--
-- console_owner owns every table: it migrates, and it applies the keeping rule.
-- console_app is what web servers and workers connect as: see grants.sql.
CREATE ROLE console_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE console_app LOGIN PASSWORD :'app_password';
CREATE DATABASE :"database" OWNER console_owner ENCODING 'UTF8' TEMPLATE template0;
\connect :database
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO console_app;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO console_owner;
