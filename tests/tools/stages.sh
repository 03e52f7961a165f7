# To be sourced: runs commands that say "N passed, N failed" as their last line
# one after the other, and adds up.

passed=0
failed=0

stage() {
  echo "=== $*"
  local log last
  log=$(mktemp)
  "$@" 2>&1 | tee "$log"
  last=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
  rm -f "$log"
  if [[ -z $last ]]; then
    echo "FAILED: $* gave no count"
    failed=$((failed + 1))
    return
  fi
  passed=$((passed + ${last%% *}))
  last=${last#*, }
  failed=$((failed + ${last%% *}))
}

# The sum, and success if nothing failed.
finish() {
  echo "$passed passed, $failed failed"
  ((failed == 0))
}
