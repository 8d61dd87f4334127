#!/bin/bash
# The source keeps its layers: calls and includes point down, a third party's header is included by one file, and
# nothing below run/ prints.
. "$(dirname "$0")/tap.sh"
here=$PWD
cd "$source" || exit 1

# What each folder of src/ may call and include: only folders of lines below its own. `names` are the generated lists
# of the members of open sets; their descriptors count as what their folder has.
layers='
main:     run results look    io              nn model names base
run:      train io arch augment dataset probe nn model names base
results:  io                                     model       base
look:     train augment dataset               nn model names base
train:    arch augment dataset probe          nn model       base
io:                                           nn model       base
probe:                                        nn model       base
dataset:                                         model       base
augment:                                         model       base
arch:                                         nn             base
nn:                                                          base
model:                                              names    base
names:
base:
'

# lines of "FROM TO WHAT" that the table does not allow.
not_allowed() {
    awk 'NR == FNR { from = $1; sub(":", "", from); for (i = 2; i <= NF; i++) may[from, $i] = 1; next }
         $1 != $2 && !(($1, $2) in may) { print $1 "/ -> " $2 "/: " $3 }' <(echo "$layers") - | sort -u
}

found=$(awk 'NF { sub(":", "", $1); place[$1] = NR; for (i = 2; i <= NF; i++) use[NR, i] = $i; used[NR] = NF }
             END { for (l in used) for (i = 2; i <= used[l]; i++)
                 if (!(place[use[l, i]] > l + 0)) print "line " l ": " use[l, i] }' \
    <(echo "$layers"))
is "$found" '' 'the table of layers points down'

is "$(awk 'NF { sub(":", "", $1); print $1 }' <(echo "$layers") | grep -v '^names$' | sort)" \
    "$(cd src && printf '%s\n' */ | tr -d / | sort)" 'the table has every folder of src/'

# The objects of sources that are there, and of what is generated; builds leave those of sources that were moved.
objects() {
    local object source
    while read -r object; do
        source=src/${object%.o}
        source=${source%.*} # of an instruction set
        [ -e "src/${object%.o}.c" ] || [ -e "$source.c" ] || [ "${object%%/*}" = gen ] && echo "$object"
    done < <(cd "$build/obj" && find . -name '*.o' | cut -c 3-)
}
# Every symbol of this program in every object, as "FOLDER KIND NAME OBJECT".
symbols() {
    objects | (cd "$build/obj" && xargs nm -A -P) |
        awk '{ object = $1; sub(":$", "", object); split(object, path, "/"); folder = path[1] }
             folder == "gen" { folder = path[2]; set = folder; sub("_.*", "", set) }
             folder ~ /_names\.o/ { folder = "names" }
             folder ~ /_members\.o/ { folder = set ~ /^(loss|optimizer)$/ ? "nn" : set }
             $2 ~ /^bm_/ && $3 ~ /^[A-Z]$/ { print folder, $3, $2, object }'
}
symbols >"$here/symbols"
awk 'NR == FNR { if ($2 != "U") home[$3] = $1; next } $2 == "U" && $3 in home { print $1, home[$3], $4 ":" $3 }' \
    "$here/symbols" "$here/symbols" >"$here/calls"
[ "$(wc -l <"$here/calls")" -gt 300 ]
ok $? 'calls between folders are found in the objects'
is "$(not_allowed <"$here/calls")" '' 'calls point down'

# A header of include/bm/ belongs to the folder that defines what it declares; with types alone to base.
owners() {
    for header in include/bm/*.h; do
        echo "$header"
        tr '\n' ' ' <"$header" | sed -E 's,/\*([^*]|\*+[^*/])*\*+/,,g; :body; s/\{[^{}]*\}//; t body'
        echo
    done | grep -oE '^[^ ]+|\bbm_[a-z0-9_]+' | awk '
        NR == FNR { if ($2 != "U") home[$3] = $1; next }
        /^include/ { header = $1; if (!(header in owner)) owner[header] = "" }
        $1 in home && index(owner[header], home[$1]) == 0 { owner[header] = owner[header] " " home[$1] }
        END { for (h in owner) print h, owner[h] == "" ? "base" : owner[h] }' "$here/symbols" -
}
owners >"$here/owners"
is "$(awk 'NF != 2' "$here/owners")" '' 'each header of include/bm/ has one owner'
# Includes of the sources, and of those headers themselves.
grep -rHoE '^#include "[^"]+"' src include | sed -E 's,:#include ", ,; s,"$,,' | awk '
    NR == FNR { owner[$1] = $2; next }
    { split($1, path, "/"); from = $1 in owner ? owner[$1] : path[2]; to = from }
    $2 ~ /^bm\// { to = owner["include/" $2] }
    $2 ~ /^\.\.\// { n = split($1, path, "/"); rest = $2; while (sub(/^\.\.\//, "", rest)) n--
                     if (n <= 2) { split(rest, path, "/"); to = path[1] } }
    from != to { print from, to, $1 ":" $2 }' "$here/owners" - >"$here/includes"
[ "$(wc -l <"$here/includes")" -gt 100 ]
ok $? 'includes between folders are found in the sources'
is "$(not_allowed <"$here/includes")" '' 'includes point down'

for pair in mpi.h:run/wire.c hdf5.h:io/hdf5_library.h yaml.h:io/yaml.c png.h:base/png.c jpeglib.h:base/jpeg.c zlib.h:base/gzip.c cblas.h:nn/gemm.c \
    xxhash.h:base/digest.c md5.h:base/md5.c Random123/philox.h:base/random.c; do
    found=$(grep -rlF "#include <${pair%:*}>" src include)
    is "$found" "src/${pair#*:}" "${pair%:*} is included by src/${pair#*:} alone"
done

is "$(grep -rlF 'hdf5_library.h"' src include | grep -v '^src/io/hdf5')" '' 'hdf5_library.h is for the files of HDF5 alone'

found=$(grep -rlE '\b(f?printf|puts|perror|fputs)\(' src | grep -vE '^src/(run|main|results|look)/')
is "$found" '' 'nothing below run/ prints'

found=$(grep -rlE '\b(MPI_|H5)[A-Z][A-Za-z_0-9]*\(' src include | grep -vE '^src/(run/wire|io/hdf5|io/hdf5_column)\.')
is "$found" '' 'MPI and HDF5 are called in their own files'
done_testing
