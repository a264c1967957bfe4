# For scripts that build in another system: the places that git takes repositories from instead of those that their URLs
# name (`url.….insteadOf`, git-config(1)). To be sourced.

# Prints the folders of this machine among those places.
list_git_folders() {
    git config --get-regexp '^url\..*\.insteadof$' | sed -nE 's/^url\.(\/.*)\.insteadof .*/\1/p' | sort -u
}

# write_git_urls FILE: writes these settings, for the other system's /etc/gitconfig.
write_git_urls() {
    local key url
    : >"$1"
    git config --get-regexp '^url\..*\.insteadof$' | while read -r key url; do
        git config --file "$1" --add "$key" "$url"
    done
}
