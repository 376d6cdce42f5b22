# shellcheck shell=sh disable=SC2154
# Sourced by the scripts that call the AWS CLI: why a call of aws_cli.sh failed, and what to do.

# refused TEXT: whether the last call failed with that text.
refused() {
    grep -q -e "$1" "$work/error"
}

# explain: prints why the last call failed, and what to do.
explain() {
    _error=$(LC_ALL=C tr -s '\000-\040\177' ' ' <"$work/error") # one line, with nothing that a terminal would obey
    _error=${_error# }
    _error=${_error% }
    case $_error in
    *"Unable to parse config file: "*)
        echo "aws cannot read ${_error##*Unable to parse config file: }: correct that file, or check AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE."
        ;;
    *"The config profile ("*)
        _profile=${_error#*The config profile (}
        _profile=${_profile%%)*}
        echo "there is no AWS profile $_profile: check AWS_PROFILE, or make it (aws configure --profile $_profile)."
        ;;
    *"SSO Token"* | *"oken for "*" does not exist"*)
        echo "nobody has signed in yet ($_error): run aws sso login, then run this again."
        ;;
    *"botocore[crt]"* | *"awscli[crt]"*)
        echo "aws needs another package for this way to sign in: run python -m pip install \"botocore[crt]\", or use version 2 of the AWS CLI."
        ;;
    *"'aws login'"* | *"login session token"*)
        echo "the session of aws login has ended, or was never begun: run aws login, then run this again."
        ;;
    *"SSL validation failed for "*) # before those that have expired: a certificate may have, too
        _error=${_error##*SSL validation failed for }
        echo "no TLS connection to ${_error%% *} (${_error#* }): check AWS_ENDPOINT_URL, or, if your network inspects TLS, set AWS_CA_BUNDLE to the file of its CA certificates."
        ;;
    *"Invalid endpoint"* | *"Port could not be"* | *"Port out of range"* | *"Invalid IPv6 URL"* | *"URL scheme"*)
        echo "AWS_ENDPOINT_URL is not the URL of an endpoint ($(last_line)): correct it (the sandbox's is like http://127.0.0.1:8000)."
        ;;
    *" (char "*) # Python's words for what is not JSON
        echo "the program that credential_process names in ~/.aws/config did not print JSON ($(last_line)): correct it."
        ;;
    *custom-process*)
        echo "could not get AWS credentials ($(last_line)): check the program that credential_process names in ~/.aws/config."
        ;;
    *"Unable to locate credentials"* | *NoCredentials*)
        echo "aws has no credentials: give it some (aws configure, or aws sso login), or work in ./run_workshop.sh shell."
        ;;
    *Expired* | *expired*)
        echo "the AWS credentials have expired: sign in again (aws sso login) or get new ones, then run this again."
        ;;
    *UnrecognizedClient* | *InvalidClientTokenId* | *InvalidSignature* | *SignatureDoesNotMatch*)
        echo "AWS does not accept these credentials in $at: check them, and that the account has this region enabled."
        ;;
    *AccessDenied* | *"not authorized to perform"*)
        _action=$(printf '%s\n' "$_error" | sed -n 's/.*not authorized to perform: \([A-Za-z0-9:-]*\).*/ \1/p')
        echo "AWS denies this identity${_action:- a call} in $at: ask the administrator of the account for the right to it."
        ;;
    *"onnect to the endpoint"* | *"Failed to connect"* | *timeout* | *"Connection was closed"*)
        _url=$(printf '%s\n' "$_error" | sed -n 's/.*"\(http[^"]*\)".*/ \1/p')
        echo "nobody answers at${_url:- the endpoint}: check the network, the region ($at), and AWS_ENDPOINT_URL if it is set."
        ;;
    *"An error occurred ("*)
        printf '%s\n' "$_error" |
            sed 's/.*An error occurred (\([^)]*\)) when calling the \([A-Za-z]*\) operation\( ([^)]*)\)*: */\2 in '"$at"' failed with \1: /'
        ;;
    *) # not an answer of AWS's: something in the user's configuration
        echo "aws failed ($(last_line)): check ~/.aws/config, and the variables of the environment that begin with AWS_."
        ;;
    esac
}

# last_line: of what the last call printed as its error. Of a traceback, that is what went wrong.
last_line() {
    sed -e '/^ *$/d' -e 's/^aws: \[ERROR\]: //' "$work/error" | tail -n 1 |
        LC_ALL=C tr '\000-\011\013-\037\177' ' '
}
