# From docs/admin.md, the commands of its "Installing": those of root and, as run_as_user does, those of a user.
/^## / { installing = $0 == "## Installing" }
!installing { next }
/^```console/ { block = 1; next }
/^```/ { block = 0; next }
!block { next }
sub(/^root@[a-z]*# /, "") { print; next }
sub(/^user@[a-z]*\$ /, "") { print "run_as_user <<'COMMAND'\n" $0 "\nCOMMAND"; next }
{ print }  # of a here-document
