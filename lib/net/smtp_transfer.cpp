#include "lib/net/smtp_transfer.h"

#include "lib/log/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>

namespace postrider {

namespace {

constexpr std::size_t queue_id_max = 64;
constexpr std::size_t reply_bytes_max = 64 << 10;  // of all replies to one message

bool has_controls(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// An address that makes no second command, and no second recipient, of the one that it stands in.
bool is_envelope_address(std::string_view address) {
    return !has_controls(address) && address.find_first_of("<> ") == std::string_view::npos;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// `5.1.1` at the front of a reply's text (RFC 3463 § 2); empty where there is none.
std::string enhanced_code(std::string_view text) {
    std::size_t end = 0;
    int dots = 0;
    while (end < text.size() && (is_digit(text[end]) || text[end] == '.')) dots += text[end++] == '.' ? 1 : 0;
    const std::string_view code = text.substr(0, end);
    const bool ends = end == text.size() || text[end] == ' ';
    const bool sound = dots == 2 && ends && code.size() <= 9 && is_digit(code.back()) &&
                       code.find("..") == std::string_view::npos &&
                       (code.starts_with("2.") || code.starts_with("4.") || code.starts_with("5."));
    return sound ? std::string(code) : "";
}

/// What a server calls the message: `queued as X` (Postfix), `id=X` (Exim), `Message accepted … X` has none.
std::string queue_id_in(std::string_view text) {
    for (const std::string_view before : {"queued as ", "id="}) {
        const auto at = text.find(before);
        if (at == std::string_view::npos) continue;
        std::string_view id = text.substr(at + before.size());
        const auto end = std::find_if_not(id.begin(), id.end(), [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
        });
        id = id.substr(0, static_cast<std::size_t>(end - id.begin()));
        return id.size() <= queue_id_max ? std::string(id) : "";
    }
    return "";
}

}  // namespace

SmtpTransfer::SmtpTransfer(SmtpRequest request, SendGate gate, const SmtpClientLimits& limits,
                           SmtpSessions& sessions)
    : CurlExchange(limits.unacknowledged_max),
      request_(std::move(request)),
      gate_(std::move(gate)),
      sessions_(sessions),
      url_(fmt::format("{}://{}:{}/{}", request_.security == SmtpSecurity::implicit_tls ? "smtps" : "smtp",
                       request_.host, request_.port, request_.ehlo_name)) {
    set_common(request_.timeout, limits.connect_timeout, limits.idle_session_max);
    set(CURLOPT_MAXLIFETIME_CONN, static_cast<long>(limits.session_age_max.count()));
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_URL, url_.c_str());
    const bool plain = request_.security == SmtpSecurity::none;
    set(CURLOPT_USE_SSL, static_cast<long>(plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (!request_.ca_file.empty()) set(CURLOPT_CAINFO, request_.ca_file.c_str());
    if (request_.credentials) {
        set(CURLOPT_USERNAME, request_.credentials->user.c_str());
        set(CURLOPT_PASSWORD, request_.credentials->password.reveal().c_str());
    }
    set_envelope();
    // By callback: the gate is asked there, and what is left says how much of the message has been given.
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.message.size()));
    set(CURLOPT_READFUNCTION, &SmtpTransfer::on_read);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_HEADERFUNCTION, &SmtpTransfer::on_line);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_OPENSOCKETFUNCTION, &SmtpSessions::on_open);
    set(CURLOPT_OPENSOCKETDATA, &sessions_);
    set(CURLOPT_CLOSESOCKETFUNCTION, &SmtpSessions::on_close);
    set(CURLOPT_CLOSESOCKETDATA, &sessions_);
}

SmtpTransfer::~SmtpTransfer() {
    end_handle();  // before what it points to
    wipe(request_.message);
    for (std::string& recipient : request_.recipients) wipe(recipient);
}

void SmtpTransfer::set_envelope() {
    const bool sound =
        is_envelope_address(request_.sender) && !request_.recipients.empty() && !request_.message.empty() &&
        !has_controls(url_) &&
        std::all_of(request_.recipients.begin(), request_.recipients.end(),
                    [](const std::string& each) { return !each.empty() && is_envelope_address(each); });
    if (!sound) return refuse();
    sender_ = "<" + request_.sender + ">";
    recipients_.resize(request_.recipients.size());
    for (std::size_t i = 0; i < recipients_.size(); ++i) {
        recipients_[i].data = request_.recipients[i].data();
        recipients_[i].next = i + 1 < recipients_.size() ? &recipients_[i + 1] : nullptr;
    }
    set(CURLOPT_MAIL_FROM, sender_.c_str());
    set(CURLOPT_MAIL_RCPT, recipients_.data());
}

bool SmtpTransfer::pass_gate() noexcept {
    gate_state_ = Gate::refused;
    // libcurl goes on without authentication where the server does not offer any.
    no_authentication_ = request_.credentials && greetings_ > 0 && !authenticated_;
    if (no_authentication_) return false;
    try {
        if (!gate_ || gate_()) gate_state_ = Gate::granted;
    } catch (...) {  // libcurl's frames are C: nothing may pass through them
        log::error("a send's gate failed; the message was not sent");
    }
    return gate_state_ == Gate::granted;
}

std::size_t SmtpTransfer::give_message(char* buffer, std::size_t room) {
    if (gate_state_ == Gate::not_asked) pass_gate();
    if (gate_state_ == Gate::refused) return CURL_READFUNC_ABORT;
    const std::size_t count = std::min(room, request_.message.size() - given_);
    std::memcpy(buffer, request_.message.data() + given_, count);
    given_ += count;
    return count;
}

/// A line of a reply, such as `250-PIPELINING` or `250 2.0.0 Ok: queued as 4WX`.
void SmtpTransfer::take_line(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit)) return;
    const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (code == 221) return;  // to QUIT
    const std::string_view text = line.size() > 4 ? line.substr(4) : std::string_view();
    if (code == 220) {  // the greeting, and the answer to STARTTLS: EHLO is said again after it
        ++greetings_;
        introduced_ = false;
    }
    if (code == 250) introduced_ = true;
    if (code == 235) authenticated_ = true;
    code_of_line_ = code;
    enhanced_ = enhanced_code(text);
    if (code == 250 && given_ == request_.message.size()) queue_id_ = queue_id_in(text);
    const bool last = line.size() == 3 || line[3] == ' ';
    // After a refusal libcurl ends the session, too. Of EHLO or of credentials it is none yet: there may be
    // another way to try.
    if (last && code >= 400 && in_session()) shut_session();
}

/// Whether the server waits for mail: at once where the session is one of before.
bool SmtpTransfer::in_session() const {
    if (greetings_ == 0) return code_of_line_ != 0;
    const bool secured = greetings_ > 1 || request_.security != SmtpSecurity::starttls;
    return introduced_ && secured && (authenticated_ || !request_.credentials);
}

void SmtpTransfer::shut_session() {
    long local_port = 0;
    if (curl_easy_getinfo(easy(), CURLINFO_LOCAL_PORT, &local_port) == CURLE_OK)
        sessions_.shut_from(local_port);
}

SmtpResult SmtpTransfer::take_result() {
    SmtpResult result;
    long code_of_reply = 0;
    curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &code_of_reply);
    result.code = static_cast<int>(code_of_reply);
    if (result.code == code_of_line_) result.enhanced = std::move(enhanced_);
    // libcurl writes the end of the message once it has been given all of it: before that, there is nothing
    // that a server could accept.
    if (in_session()) result.stage = given_ > 0 ? SmtpStage::message : SmtpStage::envelope;
    const bool all_given = given_ == request_.message.size() && usable();
    const bool final_reply = result.code >= 400 || (code() == CURLE_OK && result.code / 100 == 2);
    if (all_given && final_reply) {
        result.exchange = Exchange::answered;
        result.queue_id = std::move(queue_id_);
        return result;
    }
    result.exchange = all_given ? Exchange::unknown : Exchange::not_sent;
    result.no_authentication = no_authentication_;
    result.no_tls = code() == CURLE_USE_SSL_FAILED || code() == CURLE_PEER_FAILED_VERIFICATION ||
                    code() == CURLE_SSL_CACERT_BADFILE;
    result.gate_refused = gate_state_ == Gate::refused && !no_authentication_;
    // libcurl's error buffer would repeat what the server said, and that names the recipient.
    result.error = usable() ? curl_easy_strerror(code()) : "an address has characters that none may have";
    if (result.gate_refused) result.error = "the send was not permitted any more";
    return result;
}

void SmtpTransfer::end(CURLcode code) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    if (code != CURLE_OK) {
        shut_session();
    } else if (curl_easy_getinfo(easy(), CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK) {
        sessions_.count(socket);
    }
    CurlExchange::end(code);
}

std::size_t SmtpTransfer::on_read(char* buffer, std::size_t size, std::size_t count, void* self) {
    return static_cast<SmtpTransfer*>(self)->give_message(buffer, size * count);
}

std::size_t SmtpTransfer::on_line(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<SmtpTransfer*>(self);
    transfer.reply_bytes_ += size * count;
    if (transfer.reply_bytes_ > reply_bytes_max) {  // no server has so much to say
        transfer.shut_session();
        return 0;
    }
    transfer.take_line({bytes, size * count});
    return size * count;
}

}  // namespace postrider
