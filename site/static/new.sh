#!/bin/sh
# Publishes an update on @ORIGIN@. It needs sh, ssh-keygen and curl, and every copy of the page has it.
#
#   curl -fsSO https://@ORIGIN@/notes/new
#   slug=2013-09-03-mail title='Mail is down' sh new
#
# The same slug again is the next update of the same incident:
#
#   slug=2013-09-03-mail title='Mail works again' phase=resolved sh new
#
# slug      names the incident in URLs
# title     what users cannot do
# phase     investigating (if it is not set), identified, monitoring, resolved; for other things: notice
# affects   a component and its condition, such as 'mail outage'; several on lines of their own
# body      more to read
# next      minutes until the next update (30)
# drill     yes for a drill, which only /drill shows
# key       the SSH key that signs (~/.ssh/id_ed25519)
# endpoint  where to send the note
#
# The signed note stays in this directory. Sending it again is safe.
set -eu
: "${slug:?must be set, such as slug=2013-09-03-mail}"
: "${title:?must be set, such as title='Mail is down'}"
phase=${phase:-investigating}
key=${key:-$HOME/.ssh/id_ed25519}
endpoint=${endpoint:-https://@ORIGIN@/notes}

id=$(openssl rand -hex 16 2>/dev/null || od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
now=$(date -u +%s)
utc() {
  date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -r "$1" +%Y-%m-%dT%H:%M:%SZ
}

{
  cat <<END
outband update v1
origin: @ORIGIN@
id: $id
time: $(utc "$now")
incident: $slug
phase: $phase
title: $title
END
  [ -z "${affects:-}" ] || printf '%s\n' "$affects" | sed 's/^/affects: /'
  case $phase in
    resolved | postmortem | completed | cancelled | notice) ;;
    *) echo "next-update: $(utc $((now + ${next:-30} * 60)))" ;;
  esac
  [ -z "${drill:-}" ] || echo 'drill: yes'
  [ -z "${body:-}" ] || printf '\n%s\n' "$body"
} > "$id.txt"

ssh-keygen -q -Y sign -n outband@v1 -f "$key" "$id.txt"
{ cat "$id.txt"; echo; cat "$id.txt.sig"; } > "$id.note"
rm "$id.txt" "$id.txt.sig"

send="curl -sS --data-binary @$id.note $endpoint"
if ! answer=$(curl -sS -w '%{http_code}' --data-binary "@$id.note" "$endpoint"); then
  echo "It is not known whether the note arrived. To send it again: $send" >&2
  exit 1
fi
printf '%s' "${answer%???}"
case $answer in
  *200 | *201 | *202) ;;
  *5??) echo "Not published yet. To send it again: $send" >&2; exit 1 ;;
  *) echo 'Not published.' >&2; exit 1 ;;
esac
