#include "lib/text/template/condition.h"

#include "lib/text/template/broken.h"
#include "lib/text/template/comparison.h"
#include "lib/text/template/expression.h"

#include <array>
#include <optional>
#include <utility>

namespace postrider::templates {

namespace {

using Term = Condition::Term;
using TermPointer = std::unique_ptr<const Term>;

enum class Operator {
    none,
    or_,
    and_,
    not_,
    in,
    not_in,
    is,
    is_not,
    equal,
    unequal,
    less,
    greater,
    at_most,
    at_least
};

/// How tightly it binds, as Django has it.
int strength_of(Operator op) {
    switch (op) {
        case Operator::none: return 0;
        case Operator::or_: return 6;
        case Operator::and_: return 7;
        case Operator::not_: return 8;
        case Operator::in:
        case Operator::not_in: return 9;
        default: return 10;
    }
}

Operator operator_of(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, Operator>, 11> words{{
        {"or", Operator::or_},
        {"and", Operator::and_},
        {"not", Operator::not_},
        {"in", Operator::in},
        {"is", Operator::is},
        {"==", Operator::equal},
        {"!=", Operator::unequal},
        {"<", Operator::less},
        {">", Operator::greater},
        {"<=", Operator::at_most},
        {">=", Operator::at_least},
    }};
    for (const auto& [name, op] : words) {
        if (name == word) return op;
    }
    return Operator::none;
}

/// Python's `is`, as far as it can be told of values: the same of the same kind.
bool same(const Value& a, const Value& b) {
    return equal(a, b) && !a.as<bool>() == !b.as<bool>() && !a.as<double>() == !b.as<double>();
}

bool or_false(std::optional<bool> known) { return known.value_or(false); }

class Operand : public Term {
public:
    explicit Operand(std::string_view text) : expression_(text) {}
    Value evaluate(Scope& scope) const override { return expression_.evaluate(scope, Missing::none); }

private:
    Expression expression_;
};

/// A term with an operator. What goes wrong in it makes it false, unless it is a limit.
class Operation : public Term {
public:
    Operation(Operator op, TermPointer first, TermPointer second)
        : op_(op), first_(std::move(first)), second_(std::move(second)) {}

    Value evaluate(Scope& scope) const override {
        try {
            scope.pay();
            return result(scope);
        } catch (const Broken& broken) {
            if (broken.kind == Broken::Kind::limit) throw;
            return false;
        }
    }

private:
    Value result(Scope& scope) const {
        Value a = first_->evaluate(scope);
        if (op_ == Operator::not_) return !a.is_true();
        if (op_ == Operator::and_) return a.is_true() ? second_->evaluate(scope) : a;
        if (op_ == Operator::or_) return a.is_true() ? a : second_->evaluate(scope);
        const Value b = second_->evaluate(scope);
        scope.pay(a.deep_weight() + b.deep_weight());
        return compare(a, b);
    }

    bool compare(const Value& a, const Value& b) const {
        switch (op_) {
            case Operator::in: return or_false(contains(b, a));
            case Operator::not_in: return !contains(b, a).value_or(true);
            case Operator::is: return same(a, b);
            case Operator::is_not: return !same(a, b);
            case Operator::equal: return equal(a, b);
            case Operator::unequal: return !equal(a, b);
            case Operator::less: return or_false(less(a, b));
            case Operator::greater: return or_false(less(b, a));
            case Operator::at_most: return or_false(less(a, b)) || (less(a, b) && equal(a, b));
            default: return or_false(less(b, a)) || (less(b, a) && equal(a, b));
        }
    }

    Operator op_;
    TermPointer first_;
    TermPointer second_;
};

/// Operator precedence by binding strength.
class Reader {
public:
    explicit Reader(const std::vector<std::string_view>& words) : words_(words) {}

    TermPointer run() {
        constexpr std::size_t words_max = 500;  // evaluation goes as deep as there are operators
        if (words_.size() > words_max) throw Broken("a condition of too many words");
        TermPointer term = read(0);
        if (at_ < words_.size()) throw Broken("a condition with something left over at its end");
        return term;
    }

private:
    Operator peek() const { return at_ < words_.size() ? operator_of(words_[at_]) : Operator::none; }

    bool skip(Operator op) {
        if (peek() != op) return false;
        ++at_;
        return true;
    }

    TermPointer read(int strength) {
        if (at_ == words_.size()) throw Broken("a condition that ends where something is missing");
        TermPointer term;
        if (skip(Operator::not_)) {
            term = std::make_unique<Operation>(Operator::not_, read(strength_of(Operator::not_)), nullptr);
        } else if (peek() != Operator::none) {
            throw Broken("a condition with an operator where a value is missing");
        } else {
            term = std::make_unique<Operand>(words_[at_++]);
        }
        for (;;) {
            const std::size_t before = at_;
            const Operator op = take_infix();
            if (strength_of(op) <= strength) {
                at_ = before;
                return term;
            }
            TermPointer second = read(strength_of(op));
            term = std::make_unique<Operation>(op, std::move(term), std::move(second));
        }
    }

    /// `not in` and `is not` are two words.
    Operator take_infix() {
        if (skip(Operator::not_)) {
            if (skip(Operator::in)) return Operator::not_in;
            --at_;
            return Operator::none;
        }
        if (skip(Operator::is)) return skip(Operator::not_) ? Operator::is_not : Operator::is;
        const Operator op = peek();
        if (op != Operator::none) ++at_;
        return op;
    }

    const std::vector<std::string_view>& words_;
    std::size_t at_ = 0;
};

}  // namespace

Condition::Condition(const std::vector<std::string_view>& words) : term_(Reader(words).run()) {}

bool Condition::holds(Scope& scope) const {
    try {
        return term_->evaluate(scope).is_true();
    } catch (const Broken& broken) {
        if (broken.kind == Broken::Kind::missing_argument) return false;
        throw;
    }
}

}  // namespace postrider::templates
