#include "lib/text/template/lexer.h"

#include "lib/text/template/words.h"

#include <algorithm>
#include <optional>
#include <string>

namespace postrider::templates {

namespace {

/// Finds one kind of closing brace; the same place is not looked for twice, so that all searches of a text
/// together take time in proportion to it.
class Closing {
public:
    explicit Closing(std::string_view mark) : mark_(mark) {}

    std::size_t find(std::string_view text, std::size_t from) {
        if (!known_ || next_ < from) next_ = text.find(mark_, from);
        known_ = true;
        return next_;
    }

private:
    std::string_view mark_;
    std::size_t next_ = 0;
    bool known_ = false;
};

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    std::vector<Token> run() {
        std::size_t begin = 0;  // of text that is not a token yet
        std::size_t at = 0;
        while ((at = text_.find('{', at)) != std::string_view::npos) {
            const auto end = end_of_braces(at);
            if (!end) {
                ++at;
                continue;
            }
            add_text(begin, at);
            add_braces(at, *end);
            begin = at = *end;
        }
        add_text(begin, text_.size());
        return std::move(tokens_);
    }

private:
    std::optional<std::size_t> end_of_braces(std::size_t begin) {
        if (begin + 1 == text_.size()) return std::nullopt;
        const char kind = text_[begin + 1];
        Closing* const closing = kind == '{'   ? &variable_
                                 : kind == '%' ? &tag_
                                 : kind == '#' ? &comment_
                                               : nullptr;
        if (!closing) return std::nullopt;
        const std::size_t end = closing->find(text_, begin + 2);
        if (end == std::string_view::npos || line_end_.find(text_, begin) < end) return std::nullopt;
        return end + 2;
    }

    void add_text(std::size_t begin, std::size_t end) {
        if (begin == end) return;
        tokens_.push_back({Token::Kind::text, text_.substr(begin, end - begin), line_});
        line_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(begin),
                                                     text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    }

    void add_braces(std::size_t begin, std::size_t end) {
        const char kind = text_[begin + 1];
        const std::string_view content = stripped(text_.substr(begin + 2, end - begin - 4));
        if (verbatim_end_ && kind == '%' && content == *verbatim_end_) verbatim_end_.reset();
        if (verbatim_end_) {
            add_text(begin, end);
        } else if (kind == '{') {
            tokens_.push_back({Token::Kind::variable, content, line_});
        } else if (kind == '%') {
            if (content == "verbatim" || content.starts_with("verbatim ")) {
                verbatim_end_ = "end" + std::string(content);
            }
            tokens_.push_back({Token::Kind::tag, content, line_});
        }
    }

    const std::string_view text_;
    std::size_t line_ = 1;
    Closing variable_{"}}"};
    Closing tag_{"%}"};
    Closing comment_{"#}"};
    Closing line_end_{"\n"};
    std::optional<std::string> verbatim_end_;
    std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> read_tokens(std::string_view text) { return Lexer(text).run(); }

}  // namespace postrider::templates
