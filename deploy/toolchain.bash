# For scripts that build in another system with the Swift toolchain of this one. To be sourced.

# Prints the folder that has the toolchain in its `usr`.
find_toolchain() {
    local folder
    folder=$(swift -print-target-info | sed -n 's|.*"runtimeResourcePath": "\(.*\)/usr/lib/swift".*|\1|p')
    [[ -n $folder ]] || { echo "the Swift toolchain is part of this system; it needs a folder of its own" >&2; return 1; }
    echo "$folder"
}

# Prints the settings of git that have it take repositories from other places than their URLs say: `url.….insteadOf`,
# git-config(1).
list_git_urls() { git config --get-regexp '^url\..*\.insteadof$' || true; }

# Prints the folders of this machine among those places.
list_git_folders() { list_git_urls | sed -nE 's/^url\.(\/.*)\.insteadof .*/\1/p' | sort -u; }

# write_git_urls FILE: writes these settings, for the other system's /etc/gitconfig.
write_git_urls() {
    local key url
    : >"$1"
    list_git_urls | while read -r key url; do git config --file "$1" --add "$key" "$url"; done
}
