#!/usr/bin/env bash
# Builds what is published a second time, in another folder, time zone and locale, and compares it with the first build byte
# by byte. The umask has to be the same, because jars keep the modes of their files. Needs a finished "mvn -Prelease package"
# in this folder, whose files it builds as they are. It is not offline, because then there is no bill of materials.
set -euo pipefail
cd "$(dirname "$0")/../../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar --exclude=target -cf - . | tar -C "$work" -xf -
(
    cd "$work"
    export TZ=Pacific/Auckland LC_ALL=C
    mvn -B -q -Prelease -Dreproduce.skip -DskipTests -DskipITs -pl server -am package
)

# Prints what a build made to be published, in order. (imaged.jsa is of the JVM that recorded it.)
published() {
    (cd "$1" && shopt -s nullglob && printf '%s\n' {proto,client,server}/target/{bom.json,*.jar,*.tar.gz,*.deb})
}
diff <(published .) <(published "$work")

differing=0
while read -r file; do
    cmp "$file" "$work/$file" || differing=$((differing + 1))
done < <(published .)
echo "$(published . | wc -l) files, $differing of them differ"
((differing == 0))
