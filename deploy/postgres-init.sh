#!/bin/sh
# Run once by the postgres image, when its volume is empty: who may log in, and Dagster's database.
# What the roles may do is said by `nightquest roles --apply`.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 \
    --username "${POSTGRES_USER:-postgres}" --dbname "${POSTGRES_DB:-nightquest}" \
    --set pipeline="$NIGHTQUEST_PIPELINE_PASSWORD" \
    --set app="$NIGHTQUEST_APP_PASSWORD" \
    --set dagster="$DAGSTER_PASSWORD" <<'SQL'
create role nightquest_pipeline login password :'pipeline';
create role nightquest_app login password :'app';
create role dagster login password :'dagster';
create database dagster owner dagster;
revoke connect on database dagster from public;
SQL
