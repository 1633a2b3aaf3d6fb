#!/usr/bin/env bash
# Measures Headcount behind nginx against C responders, in the same run and in turn. README.md says how to read it.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")"
PATH+=:/usr/sbin # where Debian keeps nginx, outside a user's PATH

usage() {
    cat <<'END'
Usage: Benchmarks/run.sh [OPTION]…
  --rounds N         rounds; in each, every responder has its turn (4)
  --seconds N        seconds of load in each turn (6)
  --connections N    connections that wrk keeps open (64)
  --scenarios LIST   of repeat,browser,page,new (all, with commas)
  --check RATIO      fail when Headcount's ratio to the null loop, repeat visitors, is below RATIO
  --memory           instead: resident memory after a million visits of one visitor, and a million of new ones
  --limit MB         with --memory: fail above so many MB (10^6 bytes)
  --profile          instead: where Headcount spends its time (perf) and its system calls (strace), by scenario
END
}

fail() {
    echo "benchmark: $*" >&2
    exit 1
}

rounds=4 seconds=6 connections=64 scenarios=repeat,browser,page,new required_ratio='' mode=throughput limit=''
while (($#)); do
    case $1 in
        --memory) mode=memory ;;
        --profile) mode=profile ;;
        --help) usage; exit ;;
        --rounds | --seconds | --connections | --scenarios | --check | --limit)
            [[ -n ${2-} ]] || fail "$1 needs a value"
            case $1 in
                --rounds) rounds=$2 ;;
                --seconds) seconds=$2 ;;
                --connections) connections=$2 ;;
                --scenarios) scenarios=$2 ;;
                --check) required_ratio=$2 ;;
                --limit) limit=$2 ;;
            esac
            shift
            ;;
        *) usage >&2; exit 64 ;;
    esac
    shift
done
for number in "$rounds" "$seconds" "$connections"; do
    [[ $number =~ ^[1-9][0-9]*$ ]] || fail "'$number' is no count"
done
for number in ${required_ratio:+"$required_ratio"} ${limit:+"$limit"}; do
    [[ $number =~ ^[0-9]+(\.[0-9]+)?$ ]] || fail "'$number' is no number"
done
IFS=, read -ra scenarios <<<"$scenarios"
for scenario in "${scenarios[@]}"; do
    [[ $scenario =~ ^(repeat|browser|page|new)$ ]] || fail "there is no scenario '$scenario'"
done
[[ -z $required_ratio || " ${scenarios[*]} " == *' repeat '* ]] || fail "--check looks at the scenario 'repeat'"
tools=(cc nginx pkg-config sqlite3 wrk)
if [[ $mode == profile ]]; then tools+=(perf strace); fi
for tool in "${tools[@]}"; do
    command -v "$tool" >/dev/null || fail "$tool is missing"
done

binary=$PWD/../.build/release/headcount-fcgi
[[ -x $binary ]] || fail "no .build/release/headcount-fcgi: run make build"

mkdir -p ../.build/bench
build=$(cd ../.build/bench && pwd)
read -ra flags < <(pkg-config --cflags --libs fcgi sqlite3)
for program in null_loop durable_loop; do
    cc -O2 -std=gnu11 "$program.c" -o "$build/$program" "${flags[@]}"
done

# The databases on the checkout's disk, where fdatasync is real; /tmp may be memory. The sockets not there, since
# the path of one has at most 107 bytes (unix(7)).
data=$(mktemp --directory "$build/run.XXXXXX")
session=$(mktemp --directory /tmp/headcount-bench.XXXXXX)
declare -A pids=() ports=()

stop() {
    trap '' INT TERM HUP
    set +e
    if ((${#pids[@]})); then
        kill "${pids[@]}" 2>/dev/null
        wait "${pids[@]}" 2>/dev/null
    fi
    rm -rf "$data" "$session"
}
trap stop EXIT
trap 'exit 130' INT TERM HUP

# MARK: Responders and nginx

wait_until() {
    local deadline=$((SECONDS + 15)) name
    until "$@" 2>/dev/null; do
        for name in "${!pids[@]}"; do
            kill -0 "${pids[$name]}" 2>/dev/null || fail "$name has ended"
        done
        ((SECONDS < deadline)) || fail "not ready within 15 seconds: $*"
        sleep 0.05
    done
}

free_port() {
    local port
    for ((port = $1; port < $1 + 1000; port++)); do
        (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

"$build/null_loop" "$session/null.sock" &
pids[null]=$!
if [[ $mode == throughput ]]; then
    "$build/durable_loop" "$session/durable.sock" "$data/durable.db" &
    pids[durable]=$!
fi
for variable in "${!HEADCOUNT_@}"; do unset "$variable"; done
HEADCOUNT_CONFIG='' HEADCOUNT_DATABASE=$data/headcount.db HEADCOUNT_LISTEN=$session/headcount.sock \
    HEADCOUNT_LOG_LEVEL=warning "$binary" &
pids[headcount]=$!
responders=("${!pids[@]}")

# The configuration of deploy/nginx less its limits on the rate, which would measure themselves.
{
    if ((EUID == 0)); then echo 'user root;'; fi # root's nginx hands its workers to nobody otherwise
    cat <<END
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
    access_log off;
    server_tokens off;
    client_body_temp_path temp;
    proxy_temp_path temp;
    fastcgi_temp_path temp;
    uwsgi_temp_path temp;
    scgi_temp_path temp;
    keepalive_requests 1000000000;

    fastcgi_keep_conn on;
    fastcgi_next_upstream error non_idempotent;
    fastcgi_param GATEWAY_INTERFACE CGI/1.1;
    fastcgi_param SERVER_PROTOCOL   \$server_protocol;
    fastcgi_param REQUEST_METHOD    \$request_method;
    fastcgi_param REQUEST_URI       \$request_uri;
    fastcgi_param QUERY_STRING      \$query_string;
    fastcgi_param CONTENT_TYPE      \$content_type;
    fastcgi_param CONTENT_LENGTH    \$content_length;
    fastcgi_param REQUEST_ID        \$request_id;
    fastcgi_param REMOTE_ADDR       \$remote_addr;
END
    port=$((20000 + RANDOM % 10000))
    for name in "${responders[@]}"; do
        port=$(free_port $((port + 1)))
        ports[$name]=$port
        cat <<END
    upstream $name { server unix:$session/$name.sock; keepalive 128; keepalive_requests 1000000000; }
    server {
        listen 127.0.0.1:$port;
        location / { fastcgi_pass $name; }
    }
END
    done
    echo '}'
} >"$session/nginx.conf"
for name in "${responders[@]}"; do wait_until test -S "$session/$name.sock"; done
nginx -p "$session" -c nginx.conf -e stderr &
pids[nginx]=$!

is_answering() (
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit
    printf 'HEAD /count HTTP/1.0\r\n\r\n' >&3
    read -r _ status _ <&3 && [[ $status == 200 ]]
)
for name in "${responders[@]}"; do wait_until is_answering "${ports[$name]}"; done

# MARK: Measuring

query() { sqlite3 -readonly "$data/headcount.db" "$1"; }
counted() { query "SELECT count FROM counter WHERE page = ''"; }
unique() { query "SELECT uniq FROM counter WHERE page = ''"; }

# The user and the system time that a process has taken so far, in clock ticks (proc(5)).
ticks() {
    local stat fields
    stat=$(<"/proc/$1/stat")
    read -ra fields <<<"${stat##*) }"
    echo "${fields[11]} ${fields[12]}"
}

memory() { awk -v field="$2:" '$1 == field { printf "%.1f", $2 * 1024 / 1e6 }' "/proc/$1/status"; }

# Puts a responder under load, and what came of it into the variables that begin with run_.
run_number=0
load() {
    local name=$1 scenario=$2 duration=$3 output
    run_number=$((run_number + 1))
    output=$(wrk -t1 -c"$connections" -d"${duration}s" -s visits.lua "http://127.0.0.1:${ports[$name]}/count" -- \
        "$scenario" "$run_number") || fail "wrk has failed: $output"
    read -r run_answers run_duration run_refused run_broken run_p50 run_p99 \
        < <(sed -n 's/^visits //p' <<<"$output") || fail "wrk said: $output"
    ((run_answers > 0)) || fail "$name answered nothing"
    ((run_refused == 0 && run_broken == 0)) ||
        fail "$name, $scenario: of $run_answers answers $run_refused were errors, and $run_broken connections broke"
}

# Requests that were under way as wrk left are still counted.
wait_until_settled() {
    local before=-1 now=0
    while ((now != before)); do
        sleep 0.3
        before=$now now=$(counted)
    done
}

# The same for Headcount, and whether what it answered is in the database: each answer once, and nothing else but the
# requests that wrk had under way when it stopped.
honest_load() {
    local scenario=$2 count_before unique_before count unique
    count_before=$(counted) unique_before=$(unique)
    load "$@"
    wait_until_settled
    count=$(($(counted) - count_before)) unique=$(($(unique) - unique_before))
    ((count >= run_answers)) || fail "$scenario: $run_answers answers, but only $count visits in the database"
    ((count <= run_answers + connections)) || fail "$scenario: $run_answers answers, but $count visits in the database"
    if [[ $scenario == new ]]; then
        ((unique >= run_answers)) || fail "$run_answers new visitors, but only $unique in the database"
    else
        ((unique <= 1)) || fail "$scenario: one visitor, but $unique in the database"
    fi
    checked=$((checked + run_answers))
}
checked=0

turn() {
    local name=$1 scenario=$2 user system user_after system_after
    read -r user system < <(ticks "${pids[$name]}")
    if [[ $name == headcount ]]; then honest_load "$name" "$scenario" "$seconds"; else load "$name" "$scenario" "$seconds"; fi
    read -r user_after system_after < <(ticks "${pids[$name]}")
    echo "$scenario $name $run_answers $run_duration $run_p50 $run_p99 $((user_after - user)) $((system_after - system))" \
        >>"$data/turns"
}

processor=$(sed -n 's/^model name[^:]*: //p;T;q' /proc/cpuinfo)
echo "$(date -u +%F) · $(nproc) cores, ${processor:-$(uname -m)} · Linux $(uname -r) · load before: $(cut -d' ' -f1-3 /proc/loadavg)"
echo "database on $(df --output=fstype,target "$data" | tail -1 | tr -s ' ') · nginx $(nginx -v 2>&1 | sed 's/.*\///'), 1 worker · wrk -t1 -c$connections"

if [[ $mode == memory ]]; then
    resident() {
        printf '%-34s %6s MB resident, %6s MB at its highest\n' "$1" \
            "$(memory "${pids[headcount]}" VmRSS)" "$(memory "${pids[headcount]}" VmHWM)"
    }
    resident "at start"
    for scenario in repeat new; do
        until_count=$(($(counted) + 1000000))
        while (($(counted) < until_count)); do honest_load headcount "$scenario" 5; done
        resident "after $(counted) visits ($scenario)"
    done
    if [[ -n $limit ]]; then
        highest=$(memory "${pids[headcount]}" VmHWM)
        awk -v highest="$highest" -v limit="$limit" 'BEGIN { exit highest > limit }' ||
            fail "$highest MB is more than the limit of $limit MB"
    fi
    exit
fi

if [[ $mode == profile ]]; then
    pid=${pids[headcount]}
    load headcount repeat 1 # warm up
    for scenario in "${scenarios[@]}"; do
        # The processor's own counters are not to be had in a virtual machine; the clock is.
        perf record --quiet --event cpu-clock --freq 4999 --call-graph fp --pid "$pid" --output "$data/perf.data" \
            -- sleep "$seconds" &
        pids[perf]=$!
        honest_load headcount "$scenario" "$seconds"
        wait "${pids[perf]}"
        unset 'pids[perf]'
        printf '\n== %s: %d req/s while perf looked on\n' "$scenario" $((run_answers * 1000000 / run_duration))
        report=(perf report --stdio --input "$data/perf.data" --no-children --call-graph none --percent-limit 0.6)
        "${report[@]}" --sort dso 2>/dev/null | sed '/^#/d;/^$/d'
        echo
        "${report[@]}" --sort dso,symbol 2>/dev/null | sed '/^#/d;/^$/d' | cut -c1-150

        strace --follow-forks --summary-only --summary-wall-clock --output "$data/strace" --attach "$pid" &
        pids[strace]=$!
        honest_load headcount "$scenario" 3
        kill -INT "${pids[strace]}"
        wait "${pids[strace]}" || true
        unset 'pids[strace]'
        printf '\nSystem calls of %d requests (and slower by strace, hence larger batches):\n' "$run_answers"
        awk -v requests="$run_answers" '$NF ~ /^[a-z_0-9]+$/ && $4 > 0 && $NF != "total" {
            printf "%-14s %8d  %6.3f a request\n", $NF, $4, $4 / requests
        }' "$data/strace"
    done
    exit
fi

responders=(null durable headcount)
for name in "${responders[@]}"; do load "$name" repeat 1; done # warm up
for scenario in "${scenarios[@]}"; do
    for ((round = 1; round <= rounds; round++)); do
        for name in "${responders[@]}"; do
            # What the C loop leaves out (pages, visitors) makes it no reference there.
            if [[ $name == durable && $scenario != repeat ]]; then continue; fi
            turn "$name" "$scenario"
        done
        if [[ -t 2 ]]; then printf '\r%s: round %d of %d ' "$scenario" "$round" "$rounds" >&2; fi
    done
    if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
done

echo "rounds of $seconds s: $rounds; req/s and ratio: median (lowest–highest); latency: median; CPU: µs of the responder a request"
echo
awk -v tick="$(getconf CLK_TCK)" '
    function sorted(list, count, copy,    i, j, value) {
        for (i = 1; i <= count; i++) {
            value = list[i]
            for (j = i - 1; j >= 1 && copy[j] > value; j--) copy[j + 1] = copy[j]
            copy[j + 1] = value
        }
    }
    function median(list, count,    copy) {
        sorted(list, count, copy)
        return count % 2 ? copy[(count + 1) / 2] : (copy[count / 2] + copy[count / 2 + 1]) / 2
    }
    function spread(format, list, count,    copy) {
        sorted(list, count, copy)
        return sprintf(format " (" format "–" format ")", median(list, count), copy[1], copy[count])
    }
    function column(values, key,    list, i) {
        delete picked
        for (i = 1; i <= rounds[key]; i++) picked[i] = values[key, i]
        return rounds[key]
    }
    {
        key = $1 " " $2
        if (!(key in rounds)) keys[++keyCount] = key
        round = ++rounds[key]
        rate[key, round] = $3 / $4 * 1e6
        ratio[key, round] = rate[key, round] / rate[$1 " null", round]
        p50[key, round] = $5 / 1000
        p99[key, round] = $6 / 1000
        answers[key] += $3
        user[key] += $7
        kernel[key] += $8
    }
    END {
        printf "%-9s %-10s %22s %18s %8s %8s %9s %9s\n", "scenario", "responder", "req/s", "ratio to null",
            "p50 ms", "p99 ms", "CPU user", "CPU sys"
        for (i = 1; i <= keyCount; i++) {
            key = keys[i]
            split(key, part, " ")
            n = column(rate, key); rates = spread("%d", picked, n)
            n = column(ratio, key); ratios = part[2] == "null" ? "1" : spread("%.2f", picked, n)
            n = column(p50, key); half = median(picked, n)
            n = column(p99, key); most = median(picked, n)
            # The dash is three bytes long and one column wide, and awk may count either.
            printf "%-9s %-10s %s %s %8.2f %8.2f %9.1f %9.1f\n", part[1], part[2],
                right(rates, 22), right(ratios, 18), half, most,
                user[key] / tick / answers[key] * 1e6, kernel[key] / tick / answers[key] * 1e6
        }
    }
    function right(text, width,    plain) {
        plain = text
        gsub(/–/, "-", plain)
        return sprintf("%" (width - length(plain)) "s", "") text
    }
' "$data/turns" | tee "$data/table"
echo
for name in "${responders[@]}"; do
    printf '%-10s %6s MB resident, %6s MB at its highest\n' "$name" \
        "$(memory "${pids[$name]}" VmRSS)" "$(memory "${pids[$name]}" VmHWM)"
done
echo "Headcount's $checked answers are all in its database, each counted once; none was an error."

if [[ -n $required_ratio ]]; then
    ratio=$(awk '$1 == "repeat" && $2 == "headcount" { print $5 }' "$data/table")
    awk -v ratio="$ratio" -v required="$required_ratio" 'BEGIN { exit ratio < required }' ||
        fail "the ratio of $ratio is below $required_ratio"
    echo "The ratio of $ratio is at least $required_ratio."
fi
