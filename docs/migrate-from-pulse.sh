#!/bin/sh
# Updates gateways over the campaign API of VMware Pulse IoT Center, as scripts for it did: curl and sed, no jq.
#
#   PULSE_URL=https://muster.example.com PULSE_USER=ota@example.com PULSE_PASSWORD=... \
#     sh migrate-from-pulse.sh thermostat-1.2.3.iotcp 'Thermostats to 1.2.3' <gateway id>...
#
# Uploads the package, creates a campaign that sends it, has it approved where the organization wants that, adds the
# gateways, starts the campaign and watches until every gateway is through. Its status is 0 when all of them have
# activated the package, and 1 when one has not or the server said no.
#
# PULSE_INTERVAL is the pause between two looks in seconds (5), PULSE_PATIENCE how long to watch in seconds (3600).
# Who creates a campaign may have to ask somebody else to approve it: PULSE_APPROVER and PULSE_APPROVER_PASSWORD.
set -eu

if [ "$#" -lt 3 ]; then
  echo "usage: $0 package-file campaign-name gateway-id..." >&2
  exit 2
fi
: "${PULSE_URL:?the address of the server}" "${PULSE_USER:?}" "${PULSE_PASSWORD:?}"
interval=${PULSE_INTERVAL:-5}
patience=${PULSE_PATIENCE:-3600}

package_file=$1
campaign_name=$2
shift 2

# The text of a member of a JSON object, the first of that name.
member() {
  printf '%s' "$2" | tr '{},' '\n\n\n' |
    sed -n 's/^[[:space:]]*"'"$1"'"[[:space:]]*:[[:space:]]*"\{0,1\}\([^"]*\)"\{0,1\}[[:space:]]*$/\1/p' |
    head -n 1
}

# A text as a JSON string, which is how curl reads one too.
quoted() {
  printf '"%s"' "$(printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g')"
}

# What curl is told apart from its arguments, which everybody on this machine can see.
as_user() {
  printf 'user = %s\n' "$(quoted "$1:$2")"
}
as_bearer() {
  printf 'header = "Authorization: Bearer %s"\n' "$1"
}

# call <who> <method> <path> [more arguments of curl]: the body of the reply, if it is a success.
call() {
  who=$1 method=$2 path=$3
  shift 3
  answer=$(printf '%s\n' "$who" | curl --silent --show-error --config - --request "$method" \
    --header "Accept: application/json;api-version=$version" --write-out '\n%{http_code}' "$@" "$PULSE_URL$path")
  status=${answer##*
}
  body=${answer%
*}
  case $status in
    2*) printf '%s\n' "$body" ;;
    *)
      echo "$method $path: $status $body" >&2
      return 1
      ;;
  esac
}

# send <who> <method> <path> <JSON>
send() {
  call "$1" "$2" "$3" --header 'Content-Type: application/json' --data "$4"
}

# The token is the first member of the reply.
sign_in() {
  session=$(call "$(as_user "$1" "$2")" GET /api/tokens)
  as_bearer "$(member accessToken "$session")"
}

# The version is the first member of the reply.
version=1.0
versions=$(call '' GET /api/versions)
version=$(printf '%s' "$versions" | sed -n 's/^{"[^"]*" *: *"\([^"]*\)".*/\1/p')
echo "api-version $version"

me=$(sign_in "$PULSE_USER" "$PULSE_PASSWORD")

reply=$(call "$me" POST /api/programs --header 'Content-Type: application/zip' \
  --header "Content-Disposition: attachment; filename=$(quoted "$(basename "$package_file")")" \
  --upload-file "$package_file")
package=$(member uuid "$reply")
echo "package $package"

reply=$(send "$me" POST /api/campaigns "{\"name\":$(quoted "$campaign_name"),\"packages\":[\"$package\"]}")
campaign=$(member uuid "$reply")
it=/api/campaigns/$campaign
echo "campaign $campaign"

ids=
for gateway in "$@"; do ids="$ids${ids:+,}$(quoted "$gateway")"; done
send "$me" POST "$it/devices" "{\"gatewayIds\":[$ids]}" >/dev/null
echo "gateways $#"

reply=$(call "$me" GET "$it")
if [ "$(member status "$reply")" = APPROVAL_NEEDED ]; then
  approver=$me
  if [ -n "${PULSE_APPROVER:-}" ]; then
    approver=$(sign_in "$PULSE_APPROVER" "${PULSE_APPROVER_PASSWORD:?}")
  fi
  send "$approver" PUT "$it/approve" "{\"campaignId\":\"$campaign\"}" >/dev/null
  echo approved
fi
send "$me" PUT "$it/start" "{\"campaignId\":\"$campaign\"}" >/dev/null
reply=$(call "$me" GET "$it")
echo "status $(member status "$reply")"

# The states of the gateways that are through, one per line; what fails now may work at the next look.
closed_states() {
  page=0
  while :; do
    reply=$(call "$me" GET "$it/devices?page.number=$page&page.size=1000") || return 0
    printf '%s' "$reply" | tr '}' '\n' | sed -n 's/.*"state":"\([A-Z_]*\)","closed":true.*/\1/p'
    page=$((page + 1))
    [ "$page" -lt "$(member totalPages "$reply")" ] || break
  done
}

waited=0
seen=
while :; do
  states=$(closed_states)
  closed=$(printf '%s\n' "$states" | grep -c . || true)
  [ "$closed" = "$seen" ] || echo "through $closed of $#"
  seen=$closed
  [ "$closed" -lt "$#" ] || break
  if [ "$waited" -ge "$patience" ]; then
    echo "not all gateways are through after $patience seconds" >&2
    exit 1
  fi
  sleep "$interval"
  waited=$((waited + interval))
done

printf '%s\n' "$states" | sort | uniq -c | sed 's/^ *\([0-9]*\) \(.*\)/\2 \1/'
[ -z "$(printf '%s\n' "$states" | grep -v '^ACTIVATION_COMPLETE$' || true)" ]
