-- The two roles and the database of one installation; run once, by a superuser, with psql 14 or newer:
--   OWNER_PASSWORD=… APP_PASSWORD=… psql -f deploy/roles.sql
-- The owner runs migrations and imports. The application owns nothing and cannot bypass row-level security.
\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
CREATE ROLE emar_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD :'owner_password';
CREATE ROLE emar_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD :'app_password';
CREATE DATABASE emar OWNER emar_owner ENCODING 'UTF8' TEMPLATE template0;
\connect emar
CREATE EXTENSION btree_gist;
