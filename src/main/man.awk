# What --help prints and what src/main/NAME.man adds, as a manual page: the first line is "name - what it does", a line "Word: ..." at the
# margin begins a section, and all other lines are shown as they are.
function escaped(text)
{
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    return text ~ /^[.']/ ? "\\&" text : text
}
function section(title)
{
    if (inside)
        print ".fi"
    inside = 1
    print ".SH " toupper(title) "\n.nf"
}
NR == 1 {
    split($0, part, " - ")
    print ".TH " toupper(part[1]) " 1 \"\" \"bm-sweep " version "\" \"User Commands\""
    print ".SH NAME\n" part[1] " \\- " escaped(part[2])
    next
}
/^[A-Z][a-z ]*:/ {
    section(substr($0, 1, index($0, ":") - 1))
    sub(/^[^:]*: */, "")
}
inside && /./ {
    print escaped($0)
}
END { if (inside) print ".fi" }
