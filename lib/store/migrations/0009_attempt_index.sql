-- An attempt is found by its message: at most one is open for each. One index less to keep.
alter table postrider.attempt drop constraint attempt_pkey;
