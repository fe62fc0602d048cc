"""What developers run now and then; `tools/run` starts it."""
